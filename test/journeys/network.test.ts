/** The way out, as a whole run takes it: every client the same. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { answer } from "../../src/run/run.ts";
import { startEmulator } from "../emulator/emulator.ts";
import { lend } from "../emulator/lend.ts";
import { type ProxyOptions, startProxy } from "../emulator/proxy.ts";
import { smallCompany } from "./company.ts";
import { journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

/** On this machine as well, and nobody listens there: only the proxy leads from it to the emulator. */
const NOWHERE = "127.9.9.9";
const fenced = (text: string): string => text.replaceAll("127.0.0.1", NOWHERE);

/** A company whose every address is one that only the proxy reaches. */
async function behindProxy(how: Omit<ProxyOptions, "to"> = {}) {
  const emulator = await startEmulator({ pageSize: 2 });
  const proxy = await startProxy({ ...how, to: new URL(emulator.url) });
  smallCompany(emulator.google);
  emulator.secrets.set("SSOSyncGoogleCredentials", fenced(JSON.stringify(emulator.key)));
  emulator.secrets.set("SSOSyncSCIMEndpointUrl", fenced(emulator.scimEndpoint));
  const usual = emulator.environment({ GROUP_MATCH: "email:aws-*" });
  const environment = Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, fenced(value)]));
  const restore = lend(environment);
  onTestFinished(async () => {
    restore();
    await proxy.close();
    await emulator.close();
    emulator.verify();
  });
  const run = (settings: Readonly<Record<string, string>>) =>
    answer({
      environment: { ...environment, ...settings },
      place: "lambda",
      request: { action: "sync", dryRun: false, trigger: "manual" },
      lines: "nowhere",
      patience: { firstWaitMs: 1, retries: 1 },
    });
  return { emulator, proxy, run };
}

const SERVICES = ["google", "token", "scim", "identitystore", "sso-admin", "secretsmanager"];

describe("where a proxy is the only way out", () => {
  test.each(["HTTPS_PROXY", "https_proxy", "SSOSYNC_HTTPS_PROXY"])(
    "every request goes through what %s names",
    { tags: "long" },
    async (name) => {
      const { emulator, proxy, run } = await behindProxy();
      expect((await run({ [name]: proxy.url })).status).toBe("succeeded");
      expect(emulator.aws.users).toHaveLength(10);
      expect(new Set(emulator.requests.map(({ service }) => service))).toEqual(new Set(SERVICES));
      expect(new Set(proxy.asked)).toEqual(new Set([new URL(fenced(emulator.url)).host]));
    },
  );

  test("a parameter comes through it as well", { tags: "long" }, async () => {
    const { emulator, proxy, run } = await behindProxy();
    const SCIM_ACCESS_TOKEN = emulator.secrets.setParameter("/sync/token", [...emulator.aws.tokens][0] ?? "");
    expect((await run({ HTTPS_PROXY: proxy.url, SCIM_ACCESS_TOKEN })).status).toBe("succeeded");
    expect(emulator.count({ service: "ssm" })).toBe(1);
  });

  test("who is signed in at the terminal gets their credentials through it", async () => {
    const { emulator, proxy } = await behindProxy();
    const home = mkdtempSync(join(tmpdir(), "home-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const start = "https://example.awsapps.com/start";
    const cache = join(home, ".aws", "sso", "cache");
    mkdirSync(cache, { recursive: true });
    writeFileSync(
      join(cache, `${createHash("sha1").update(start).digest("hex")}.json`),
      JSON.stringify({ accessToken: "signed-in", expiresAt: "2199-01-01T00:00:00Z" }),
    );
    const profile = [
      `sso_start_url = ${start}`,
      "sso_region = eu-west-1",
      "sso_account_id = 123456789012",
      "sso_role_name = sync",
    ];
    writeFileSync(join(home, ".aws", "config"), ["[profile me]", ...profile].join("\n"));
    const nobody = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_PROFILE: "me", HOME: home };
    const there = { emulator, settings: { HTTPS_PROXY: proxy.url, ...nobody } };
    await lambda(there).invoke({ action: "plan" }, { remainingMs: 8_000 });
    expect(proxy.asked).toContain("portal.sso.eu-west-1.amazonaws.com:443");
  });

  test("NO_PROXY leads past it, and the run fails with one sentence for each secret", async () => {
    const { emulator, proxy, run } = await behindProxy();
    const ended = await run({ HTTPS_PROXY: proxy.url, NO_PROXY: NOWHERE }).catch((error: Error) => error);
    expect(ended).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") as string });
    expect(proxy.asked).toEqual([]);
    expect(emulator.requests).toEqual([]);
  });

  test("one that refuses is named, with what to do", async () => {
    const { proxy, run } = await behindProxy({ refuse: 403 });
    const ended = await run({ HTTPS_PROXY: proxy.url }).catch((error: Error) => error);
    expect(ended).toMatchObject({
      message: expect.stringMatching(
        /the proxy 127\.0\.0\.1:\d+ refuses to connect to 127\.9\.9\.9:\d+ \(403\); allow that there, or name the host in NO_PROXY\./,
      ) as string,
    });
    // Four secrets, each asked for once: what is forbidden is not asked for again.
    expect(proxy.asked).toHaveLength(4);
  });

  test("no variable of Google's libraries leads a token elsewhere", async () => {
    const { proxy, run } = await behindProxy();
    const restore = lend({ GOOGLE_CLOUD_UNIVERSE_DOMAIN: "example.com", GOOGLE_ROOT_URL: "" });
    onTestFinished(restore);
    const ended = await run({ HTTPS_PROXY: proxy.url, GOOGLE_ROOT_URL: "" }).catch((error: Error) => error);
    expect(ended).toBeInstanceOf(Error);
    const hosts = new Set(proxy.asked.map((asked) => asked.replace(/:\d+$/, "")));
    expect(hosts).toEqual(new Set([NOWHERE, "admin.googleapis.com"]));
  });

  test("its password is in no sentence", async () => {
    const { proxy, run } = await behindProxy({ user: "ada:other" });
    const { host } = new URL(proxy.url);
    for (const HTTPS_PROXY of [
      `http://ada:canary@${host}`,
      `ada:canary@${host}/path`,
      `socks5://ada:canary@x`,
    ]) {
      const ended = await run({ HTTPS_PROXY }).catch((error: Error) => error);
      expect(ended).toBeInstanceOf(Error);
      expect(String(ended)).toContain("HTTPS_PROXY");
      expect(String(ended)).not.toContain("canary");
    }
  });
});

describe("nothing at all is asked for", () => {
  test.each([
    ["NODE_TLS_REJECT_UNAUTHORIZED", "0"],
    ["NODE_DEBUG", "https"],
    ["NODE_OPTIONS", "--tls-keylog=/tmp/keys"],
    ["NODE_OPTIONS", "--enable-source-maps --trace-tls"],
    ["GOOGLE_SDK_NODE_LOGGING", "all"],
    ["SSOSYNC_GROUP_MACH", "name:a*"],
    ["GROUP_MACH", "name:a*"],
    ["HTTPS_PROXY", "socks5://proxy.example.com"],
  ])("with %s=%s in the environment", async (name, value) => {
    const { emulator, failure } = await journey();
    for (const action of [{}, { action: "plan" }]) {
      expect(await failure(action, { settings: { [name]: value } })).toContain(name);
      expect(emulator.requests).toEqual([]);
    }
  });
});
