import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { googleAuth } from "../../src/google/auth.ts";
import type { DirectoryApi } from "../../src/google/auth.ts";
import { network } from "../../src/traffic/network.ts";
import { failureFrom, google } from "./setup.ts";

const list = { service: "google", operation: "users.list" } as const;
const nobody = { groupMatch: [] } as const;

const lookUpAdmin = (api: DirectoryApi) =>
  api.call({ doing: "looking up the administrator" }, (directory, options) =>
    directory.users.get({ userKey: "admin@example.com" }, options),
  );

describe("the access token", () => {
  test("comes from the key file's token_uri, and the API is not sent there", async () => {
    const here = await google();
    const elsewhere = await google();
    await here
      .connect({ tokenUri: elsewhere.key.token_uri, rootUrl: `${here.url}/` })
      .read(nobody)
      .catch(() => {});
    expect(elsewhere.requests.map(({ path }) => path)).toContain("/token");
    expect(elsewhere.count("users.list")).toBe(0);
    expect(here.count("token")).toBe(0);
    expect(here.count("users.list")).toBeGreaterThan(0);
  });

  test("only the token endpoint's very address is replaced", async () => {
    const { key } = await google();
    const { client } = googleAuth({
      credentials: {
        kind: "key",
        clientEmail: key.client_email,
        privateKey: key.private_key,
        tokenUri: "http://127.0.0.1:9/elsewhere",
      },
      admin: "admin@example.com",
      aws: () => Promise.reject(new Error("not asked for")),
      network: network(),
    });
    const sent: string[] = [];
    const adapter: NonNullable<typeof client.transporter.defaults.adapter> = async (options) => {
      sent.push(options.url.href);
      throw new Error("not sent");
    };
    for (const url of [
      "https://oauth2.googleapis.com/token",
      "https://oauth2.googleapis.com/tokeninfo",
      "https://oauth2.googleapis.com.example.org/token",
      "https://admin.googleapis.com/token",
    ]) {
      await client.transporter.request({ url, adapter }).catch(() => {});
    }
    expect(sent).toEqual([
      "http://127.0.0.1:9/elsewhere",
      "https://oauth2.googleapis.com/tokeninfo",
      "https://oauth2.googleapis.com.example.org/token",
      "https://admin.googleapis.com/token",
    ]);
  });

  test("is asked for once, acting as the administrator, with the two scopes", async () => {
    const { connect, count, requests } = await google();
    const { read } = connect();
    await Promise.all([read(), read(), read()]);
    expect(count("token")).toBe(1);
    const body = requests.find(({ operation }) => operation === "token")?.body as {
      readonly assertion: string;
    };
    const claims: unknown = JSON.parse(
      Buffer.from(body.assertion.split(".")[1] ?? "", "base64url").toString(),
    );
    expect(claims).toMatchObject({
      sub: "admin@example.com",
      scope:
        "https://www.googleapis.com/auth/admin.directory.user.readonly https://www.googleapis.com/auth/admin.directory.group.readonly",
    });
  });

  test("is renewed once when the API refuses it, for all who were refused together", async () => {
    const { company, connect, count, revokeTokens } = await google();
    for (let n = 1; n <= 10; n++) company.addGroup({ email: `g${n}@example.com` });
    const { read } = connect();
    await read();
    expect(count("token")).toBe(1);
    revokeTokens();
    const source = await read();
    expect(source.groups).toHaveLength(10);
    expect(count("token")).toBe(2);
  });

  test("is not renewed again for a request that set out with the old one", { tags: "long" }, async () => {
    const { connect, count, fault } = await google();
    const { api } = connect({ rate: 4 });
    await lookUpAdmin(api);
    fault({ when: { operation: "users.get" }, times: 2, do: { status: 401 } });
    await Promise.all([lookUpAdmin(api), lookUpAdmin(api)]);
    expect(count("users.get")).toBe(5);
    expect(count("token")).toBe(2);
  });

  test("that is refused again after renewal ends the call", async () => {
    const { connect, count, fault } = await google();
    fault({ when: list, times: 9, do: { status: 401 } });
    const error = await failureFrom(connect().read(nobody));
    expect(error.status).toBe(401);
    expect(count("users.list")).toBe(2);
    expect(count("token")).toBe(2);
  });

  test("an answer that holds none is an error, and nothing goes to the API", async () => {
    const { connect, requests, fault } = await google();
    fault({ when: { service: "token" }, do: { status: 200, body: "<html>Sign in to the hotel's network" } });
    const error = await failureFrom(connect().read(nobody));
    expect(error.message).toMatch(
      /^The token endpoint 127\.0\.0\.1:\d+ answered 200 with something other than an access token/u,
    );
    expect(requests.filter(({ service }) => service === "google")).toEqual([]);
  });

  test("the token request is repeated when the endpoint has trouble", async () => {
    const { read, count, fault } = await google();
    fault({ when: { service: "token" }, do: { status: 503, body: { error: "internal_failure" } } });
    fault({ when: { service: "token" }, do: "drop-before" });
    await read(nobody);
    expect(count("token")).toBe(3);
  });
});

describe("a request that fails in passing", () => {
  const text = (status: number, reason: string, message: string) => ({
    status,
    body: { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
  });

  test.each([
    ["408", { status: 408 }],
    ["429", { status: 429 }],
    ["500", { status: 500 }],
    ["502 with a page of HTML", { status: 502 }],
    ["503", { status: 503 }],
    ["504", { status: 504 }],
    ["403 quotaExceeded", text(403, "quotaExceeded", "Request rate higher than configured.")],
    ["403 rateLimitExceeded", text(403, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries'")],
    ["403 userRateLimitExceeded", text(403, "userRateLimitExceeded", "")],
    ["403 with plain text about the quota", { status: 403, body: "Quota exceeded for the current request" }],
    ["400 about Google's own trouble", text(400, "invalid", "A system error has occurred")],
    ["a connection dropped before the answer", "drop-before" as const],
    ["a connection dropped after the work", "drop-after" as const],
    ["an answer cut off by the connection", "cut" as const],
  ])("%s is repeated", async (_, action) => {
    const { read, count, fault } = await google("vendor");
    fault({ when: list, do: action });
    expect((await read(nobody)).users).toHaveLength(1);
    expect(count("users.list")).toBe(2);
  });

  test.each([
    ["400", text(400, "invalid", "Invalid Input: x")],
    ["403 forbidden", { status: 403 }],
    ["403 insufficientPermissions", text(403, "insufficientPermissions", "Insufficient Permission")],
    ["404", { status: 404 }],
    ["412", text(412, "conditionNotMet", "no")],
  ])("%s is not repeated", async (_, action) => {
    const { read, count, fault } = await google("vendor");
    fault({ when: list, do: action });
    await failureFrom(read(nobody));
    expect(count("users.list")).toBe(1);
  });

  test("is given up after the set number of attempts", async () => {
    const { connect, count, fault } = await google("vendor");
    fault({ when: list, times: 99, do: { status: 500 } });
    const error = await failureFrom(connect({ retries: 3 }).read(nobody));
    expect(error.message).toContain("after 4 attempts");
    expect(count("users.list")).toBe(4);
  });

  test("every attempt takes a turn", async () => {
    const { connect, fault } = await google("vendor");
    fault({ when: list, times: 2, do: { status: 500 } });
    const { pace, read } = connect();
    await read(nobody);
    expect(pace.count).toBe(3);
  });

  test(
    "a refusal for speed holds back whoever shares the pace, for as long as Google says",
    { tags: "long" },
    async () => {
      const { connect, requests, fault } = await google("vendor");
      const { api, read } = connect();
      await read(nobody);
      fault({ when: list, do: { status: 429, headers: { "retry-after": "1" } } });
      const refused = read(nobody);
      await expect.poll(() => requests.at(-1)?.status).toBe(429);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await Promise.all([refused, lookUpAdmin(api)]);
      const at = (operation: string) =>
        requests.filter((one) => one.operation === operation).map((one) => one.at);
      expect((at("users.get")[0] ?? 0) - (at("users.list")[1] ?? 0)).toBeGreaterThanOrEqual(990);
    },
  );

  test("Retry-After is waited for, as seconds and as a date", { tags: "long" }, async () => {
    const { read, requests, fault } = await google("vendor");
    const inTwoSeconds = new Date(Date.now() + 2_000).toUTCString();
    fault({ when: list, do: { status: 503, headers: { "retry-after": inTwoSeconds } } });
    fault({ when: list, do: { status: 503, headers: { "retry-after": "1" } } });
    await read(nobody);
    const [first, second, third] = requests.filter(({ operation }) => operation === "users.list");
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(500);
    expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test("a Retry-After beyond five minutes is an error at once", async () => {
    const { read, count, fault } = await google("vendor");
    fault({ when: list, times: 9, do: { status: 503, headers: { "retry-after": "3600" } } });
    await failureFrom(read(nobody));
    expect(count("users.list")).toBe(1);
  });

  test("waits grow", async () => {
    const { connect, requests, fault } = await google("vendor");
    fault({ when: list, times: 3, do: { status: 500 } });
    await connect({ retries: 3, firstWaitMs: 100 }).read(nobody);
    const at = requests.filter(({ operation }) => operation === "users.list").map((one) => one.at);
    const waits = at.slice(1).map((time, n) => time - (at[n] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(49);
    expect(waits[1]).toBeGreaterThanOrEqual(99);
    expect(waits[2]).toBeGreaterThanOrEqual(199);
  });

  test("an attempt has a time limit of its own", async () => {
    const { connect, count, fault } = await google("vendor");
    fault({ when: list, do: { delay: 2_000 } });
    await connect({ longestMs: 200 }).read(nobody);
    expect(count("users.list")).toBe(2);
  });

  test("waiting for a turn is not held against Google", async () => {
    const { company, connect } = await google("vendor");
    for (let n = 1; n <= 6; n++) company.addGroup({ email: `g${n}@example.com` });
    const { read, pace } = connect({ rate: 10, longestMs: 300, retries: 0 });
    expect((await read()).groups).toHaveLength(6);
    expect(pace.count).toBe(8);
  });

  test("the signal ends a wait between attempts", async () => {
    const { connect, fault } = await google("vendor");
    fault({ when: list, times: 9, do: { status: 500 } });
    const stop = new AbortController();
    const started = performance.now();
    setTimeout(() => stop.abort(new Error("the time is up")), 150);
    const reading = connect({ firstWaitMs: 20_000, signal: stop.signal }).read(nobody);
    await expect(reading).rejects.toThrow("the time is up");
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test("the signal ends a request under way", async () => {
    const { connect, count, fault } = await google("vendor");
    fault({ when: list, do: { delay: 60_000 } });
    const stop = new AbortController();
    const ended = expect(connect({ signal: stop.signal }).read(nobody)).rejects.toThrow("the time is up");
    await expect.poll(() => count("users.list")).toBe(1);
    stop.abort(new Error("the time is up"));
    await ended;
  });
});

describe("where requests go", () => {
  test("a path in the root URL is kept", async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { connect } = await google();
    const rootUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/behind/a/gateway/`;
    await failureFrom(connect({ rootUrl }).read(nobody));
    expect(paths[0]).toMatch(/^\/behind\/a\/gateway\/admin\/directory\/v1\/users\?/u);
  });

  test("a redirect is not followed, so that a token goes nowhere else", async () => {
    const here = await google();
    const elsewhere = await google();
    const headers = { location: `${elsewhere.url}/admin/directory/v1/users?customer=my_customer` };
    here.fault({ when: list, do: { status: 307, headers, body: "moved" } });
    const error = await failureFrom(here.read(nobody));
    expect(error.status).toBe(307);
    here.fault({
      when: { service: "token" },
      do: { status: 307, headers: { location: elsewhere.key.token_uri }, body: "x" },
    });
    await failureFrom(here.read(nobody));
    expect(elsewhere.requests).toEqual([]);
  });
});

test.each(["key", "no key"])(
  "the libraries' debugging variable prints no token, with %s",
  { tags: "long" },
  async (way) => {
    const { key, url, caller, federation, tokens, requests } = await google();
    const files = ["google/auth", "traffic/network", "traffic/pace"].map(
      (name) => new URL(`../../src/${name}.ts`, import.meta.url).href,
    );
    const program = `
    import { text } from "node:stream/consumers";
    const { files, url, credentials, aws } = JSON.parse(await text(process.stdin));
    const [{ directoryApi, googleAuth }, { network: open }, { pace }] = await Promise.all(files.map((file) => import(file)));
    const network = open();
    const auth = googleAuth({ credentials, admin: "admin@example.com", aws: async () => aws, network });
    const api = directoryApi({ auth, rootUrl: url, network, pace: pace(100), signal: new AbortController().signal });
    const data = await api.call({ doing: "x" }, (d, o) => d.users.get({ userKey: "admin@example.com" }, o));
    console.log("found", data.primaryEmail);
  `;
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      env: { ...process.env, GOOGLE_SDK_NODE_LOGGING: "all", NODE_NO_WARNINGS: "1" },
    });
    const ofKey = { clientEmail: key.client_email, privateKey: key.private_key, tokenUri: key.token_uri };
    const credentials = way === "key" ? { kind: "key", ...ofKey } : federation().credentials;
    const aws = { region: "us-east-1", ...caller };
    run.child.stdin?.end(JSON.stringify({ files, url, credentials, aws }));
    const { stdout, stderr } = await run;
    const shown = stdout + stderr;
    expect(shown).toContain("found admin@example.com");
    expect(requests.some(({ operation }) => operation === "exchange")).toBe(way === "no key");
    const [token = "none"] = tokens().filter((one) => one?.startsWith("ya29.") === true);
    for (const secret of [token, "ya29.", "assertion", "subject_token", caller.sessionToken.slice(0, 24)])
      expect(shown).not.toContain(secret);
  },
);
