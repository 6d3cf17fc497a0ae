import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { network, NetworkError } from "../../src/traffic/network.ts";
import { startProxy, type ProxyOptions } from "../emulator/proxy.ts";

async function served(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const hello: RequestListener = (_, response) => void response.end("hello");

function open(...how: Parameters<typeof network>) {
  const opened = network(...how);
  onTestFinished(opened.close);
  const get = (url: URL | string, signal?: AbortSignal) => opened.send(url, { method: "GET", signal });
  const refusal = async (url: URL | string): Promise<NetworkError> => {
    const thrown: unknown = await get(url).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(NetworkError);
    return thrown as NetworkError;
  };
  return { get, refusal, send: opened.send };
}

const textOf = (body: Uint8Array): string => new TextDecoder().decode(body);

describe("one request", () => {
  test("its method, headers and body arrive, and the whole answer comes back", async () => {
    const url = await served((request, response) => {
      response.writeHead(418, { "x-asked": `${request.method} ${String(request.headers["x-one"])}` });
      request.pipe(response);
    });
    const asking = { method: "POST", headers: { "x-one": "1" }, body: "Zoë" };
    const { status, headers, body } = await open().send(url, asking);
    expect(status).toBe(418);
    expect(headers["x-asked"]).toBe("POST 1");
    expect(textOf(body)).toBe("Zoë");
  });

  test("a redirect is an answer", async () => {
    const url = await served((_, response) => void response.writeHead(302, { location: "/else" }).end());
    expect(await open().get(url)).toMatchObject({ status: 302, headers: { location: "/else" } });
  });

  test("its signal ends it, with the signal's own reason", async () => {
    const url = await served(() => undefined);
    const stop = new AbortController();
    const asked = open().get(url, stop.signal);
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });

  test("closing ends every connection", async () => {
    const url = await served(hello);
    const opened = network();
    await opened.send(url, { method: "GET" });
    await opened.close();
    await expect(opened.send(url, { method: "GET" })).rejects.toThrow();
  });
});

describe("a proxy", () => {
  /** A host that nobody but the proxy knows the way to. */
  const HOST = "http://scim.eu-west-1.amazonaws.com/";

  async function behind(how: Omit<ProxyOptions, "to"> = {}) {
    const to = await served(hello);
    const proxy = await startProxy({ ...how, to });
    onTestFinished(proxy.close);
    return { to, proxy, through: (except = "") => open({ url: proxy.url, except }) };
  }

  test("gets every request, of either scheme, as a tunnel", async () => {
    const { proxy, through } = await behind();
    expect(textOf((await through().get(HOST)).body)).toBe("hello");
    expect(proxy.asked).toEqual(["scim.eu-west-1.amazonaws.com:80"]);
    await expect(through().get("https://admin.googleapis.com/")).rejects.toThrow();
    expect(proxy.asked).toContain("admin.googleapis.com:443");
  });

  test.each([["127.0.0.1"], ["localhost, 127.0.0.1"], ["localhost 127.0.0.1"], ["*"]])(
    "is passed by for a host in NO_PROXY=%s",
    async (except) => {
      const { to, proxy, through } = await behind();
      expect(textOf((await through(except).get(to)).body)).toBe("hello");
      expect(proxy.asked).toEqual([]);
    },
  );

  test.each([
    ["amazonaws.com"],
    [".amazonaws.com"],
    ["*.amazonaws.com"],
    ["scim.eu-west-1.amazonaws.com"],
    ["SCIM.eu-west-1.amazonaws.com"],
  ])("NO_PROXY=%s stands for the host and what is below it", async (except) => {
    const { proxy, through } = await behind();
    await through(except)
      .get("http://scim.eu-west-1.amazonaws.com:1/")
      .catch(() => undefined);
    expect(proxy.asked).toEqual([]);
  });

  test.each([["aws.com"], ["zonaws.com"], ["eu-west-1"], ["scim"], ["127.0.0.1:9"]])(
    "NO_PROXY=%s is another host",
    async (except) => {
      const { proxy, through } = await behind();
      await through(except).get(HOST);
      expect(proxy.asked).toHaveLength(1);
    },
  );

  test("may want a user name and a password", async () => {
    const { proxy } = await behind({ user: "ada:s3cret@" });
    const { host } = new URL(proxy.url);
    expect(textOf((await open({ url: `http://ada:s3cret%40@${host}`, except: "" }).get(HOST)).body)).toBe(
      "hello",
    );
    const error = await open({ url: `http://ada:canary@${host}`, except: "" }).refusal(HOST);
    expect(error).toMatchObject({ code: "PROXY_REFUSED", passing: false });
    expect(error.message).toBe(
      `the proxy ${host} refuses to connect to scim.eu-west-1.amazonaws.com:80 (407); put a user name and a password that it takes into HTTPS_PROXY`,
    );
  });

  test.each([
    [403, false],
    [502, true],
  ])("that refuses with %i is told as that", async (refuse, passing) => {
    const { proxy, through } = await behind({ refuse });
    const error = await through().refusal(HOST);
    expect(error).toMatchObject({ code: "PROXY_REFUSED", passing });
    expect(error.message).toBe(
      `the proxy ${new URL(proxy.url).host} refuses to connect to scim.eu-west-1.amazonaws.com:80 (${refuse}); allow that there, or name the host in NO_PROXY`,
    );
  });

  test("that is not there is told as that", async () => {
    const error = await open({ url: "http://ada:canary@127.0.0.1:9", except: "" }).refusal(HOST);
    expect(error).toMatchObject({ code: "PROXY_OUT_OF_REACH", passing: true });
    expect(error.message).toBe("the proxy 127.0.0.1:9 cannot be reached (ECONNREFUSED); check HTTPS_PROXY");
  });

  test("that says nothing is not waited for", async () => {
    const { proxy } = await behind({ mute: true });
    const error = await open({ url: proxy.url, except: "" }, { longestMs: 200 }).refusal(HOST);
    expect(error).toMatchObject({ code: "ETIMEDOUT", passing: true });
  });

  test("the environment of the process names none", async () => {
    const { to, proxy } = await behind();
    const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] as const;
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = proxy.url;
    onTestFinished(() => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    expect(textOf((await open().get(to)).body)).toBe("hello");
    expect(proxy.asked).toEqual([]);
  });
});

describe("the size of an answer", () => {
  const packed =
    (bytes: Buffer, packing = "gzip"): RequestListener =>
    (_, response) =>
      void response.writeHead(200, { "content-encoding": packing }).end(bytes);

  test.each(["gzip", "x-gzip", "GZIP"])("%s is unpacked", async (packing) => {
    const url = await served(packed(gzipSync("hello"), packing));
    expect(textOf((await open().get(url)).body)).toBe("hello");
  });

  test("what is packed in a way that nobody asked for stays as it is", async () => {
    const url = await served(packed(Buffer.from("hello"), "br"));
    expect(textOf((await open().get(url)).body)).toBe("hello");
  });

  test("10 MB that unpack to 10 GB are refused at 64 MB, in as much memory", { tags: "long" }, async () => {
    // Of members that each unpack to 10 MB a gzip file may hold as many as it likes.
    const member = gzipSync(Buffer.alloc(10_000_000));
    const bomb = Buffer.concat(Array<Buffer>(1_000).fill(member));
    expect(bomb.length).toBeGreaterThan(9_000_000);
    const url = await served(packed(bomb));
    const before = process.memoryUsage().rss;
    const error = await open().refusal(url);
    expect(error).toMatchObject({ code: "ANSWER_TOO_LARGE", passing: false });
    expect(error.message).toBe(
      "its answer is larger than 64 MB, which no honest answer is; look for a proxy in between",
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  test("an answer without an end is refused as soon as it is too large", async () => {
    let sent = 0;
    const url = await served((_, response) => {
      const more = (): void => {
        sent += 100_000;
        if (!response.destroyed && response.write(Buffer.alloc(100_000))) setImmediate(more);
      };
      response.on("drain", more);
      more();
    });
    expect(await open(undefined, { mostBytes: 5_000_000 }).refusal(url)).toMatchObject({
      code: "ANSWER_TOO_LARGE",
    });
    await sleep(50);
    expect(sent).toBeLessThan(40_000_000);
  });

  test("an answer as large as may be is taken", async () => {
    const url = await served((_, response) => void response.end(Buffer.alloc(1_000_000, "x")));
    expect((await open(undefined, { mostBytes: 1_000_000 }).get(url)).body).toHaveLength(1_000_000);
    const packedUrl = await served(packed(gzipSync(Buffer.alloc(1_000_000))));
    expect((await open(undefined, { mostBytes: 1_000_000 }).get(packedUrl)).body).toHaveLength(1_000_000);
    expect(await open(undefined, { mostBytes: 999_999 }).refusal(packedUrl)).toMatchObject({
      code: "ANSWER_TOO_LARGE",
    });
  });
});

describe("the time of an answer", () => {
  test(
    "one byte after the other, without an end, is refused when the time is over",
    { tags: "long" },
    async () => {
      const url = await served((_, response) => {
        const drip = setInterval(() => void response.write("x"), 100);
        response.on("close", () => clearInterval(drip));
      });
      const started = performance.now();
      const error = await open(undefined, { longestMs: 1_500 }).refusal(url);
      expect(performance.now() - started).toBeLessThan(3_000);
      expect(error).toMatchObject({ code: "ANSWER_TOO_SLOW", passing: false });
      expect(error.message).toContain("was not over after 1.5 s");
    },
  );

  test("headers that never end count as well", async () => {
    const url = await served(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => void socket.write("x: y\r\n"), 100);
      socket.on("close", () => clearInterval(drip));
    });
    expect(await open(undefined, { longestMs: 500 }).refusal(url)).toMatchObject({ code: "ETIMEDOUT" });
  });

  test("no answer at all may be asked for again", async () => {
    const url = await served(() => undefined);
    expect(await open(undefined, { longestMs: 200 }).refusal(url)).toMatchObject({
      code: "ETIMEDOUT",
      passing: true,
    });
  });
});
