import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { request } from "undici";
import { describe, expect, it } from "vitest";

import { errorFields } from "../../src/log/error-fields.ts";
import { logger } from "../../src/log/log.ts";
import { printable } from "../../src/log/printable.ts";
import { metricsLine } from "../../src/log/metrics.ts";

/** A log whose lines can be read. */
async function recorded(options: Partial<Parameters<typeof logger>[0]> = {}) {
  const lines: string[] = [];
  const destination = { write: (text: string): void => void lines.push(text) };
  const log = await logger({
    level: "info",
    format: "json",
    requestId: "r-1",
    trigger: "schedule",
    version: "1.2.3",
    destination,
    ...options,
  });
  const records = (): readonly Record<string, unknown>[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, records };
}

const APPLIED = {
  action: "members.add",
  subject: "AWS Admins",
  externalId: "03abc",
  targetId: "t-1",
  detail: { members: ["ada@example.com"] },
  status: "applied",
} as const;

describe("a line", () => {
  const MOST_BYTES = 200_000;

  it("of very many long names is cut, and says how many are missing", async () => {
    const { log, lines, records } = await recorded();
    const members = Array.from({ length: 20_000 }, (_, at) => `${"li李".repeat(60)}-${at}@example.com`);
    log.audit({ ...APPLIED, detail: { members } });
    expect(Buffer.byteLength(lines[0] ?? "")).toBeLessThan(MOST_BYTES);
    const detail = records()[0]?.["detail"] as { members: string[]; more: number };
    expect(detail.members).toEqual(members.slice(0, detail.members.length));
    expect(detail.members.length).toBeGreaterThan(100);
    expect(detail.members.length + detail.more).toBe(20_000);
  });

  it.each([
    ["a sentence", "x".repeat(9_000_000), {}],
    ["a sentence of characters that JSON has no short form for", "\u0001".repeat(9_000_000), {}],
    ["a text", "short", { text: "\u0001".repeat(9_000_000) }],
    ["a list of texts", "short", { list: Array<string>(900).fill("李".repeat(9_000)) }],
    ["a list of lists", "short", { list: Array<string[]>(900).fill(Array<string>(900).fill("ada")) }],
    [
      "an error",
      "short",
      { error: new Error("x".repeat(900_000), { cause: new Error("y".repeat(900_000)) }) },
    ],
  ])(
    "is never longer than CloudWatch takes, whatever it is about: %s",
    { tags: "long" },
    async (_, message, fields) => {
      const { log, lines, records } = await recorded();
      log.info(message, fields);
      log.summary({ status: "attention", message, ...fields });
      log.audit({ ...APPLIED, reason: message, detail: fields });
      for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThan(MOST_BYTES);
      expect(records()).toHaveLength(3);
    },
  );

  it("has the platform's names, in one line of JSON", async () => {
    const { log, lines, records } = await recorded();
    log.info("Reading.", { groups: 3 });
    expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
    const { timestamp, ...rest } = records()[0] ?? {};
    expect(rest).toEqual({
      level: "INFO",
      requestId: "r-1",
      trigger: "schedule",
      version: "1.2.3",
      groups: 3,
      message: "Reading.",
    });
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it.each(["trace", "debug", "info", "warn", "error", "fatal"] as const)(
    "at %s only that level and above is written",
    async (level) => {
      const { log, records } = await recorded({ level });
      const all = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
      for (const each of all) log[each](each);
      expect(records().map((record) => record.level)).toEqual(
        all.slice(all.indexOf(level)).map((each) => each.toUpperCase()),
      );
    },
  );

  it("a field cannot pass for one of the logger's own", async () => {
    const { log, lines } = await recorded();
    log.info("True.", {
      level: "FATAL",
      message: "False.",
      audit: true,
      requestId: "x",
      timestamp: "x",
      version: "x",
    });
    expect(lines[0]).not.toMatch(/FATAL|False|audit|"x"/);
    expect(lines[0]?.match(/"message"/g)).toHaveLength(1);
  });

  it("on a terminal without a request there is no empty requestId", async () => {
    const { log, records } = await recorded({ requestId: undefined });
    log.info("x");
    expect(records()[0]).not.toHaveProperty("requestId");
  });
});

describe("audit lines, summary and metrics", () => {
  it("come at every level", async () => {
    const { log, lines } = await recorded({ level: "fatal" });
    log.error("hidden");
    log.audit(APPLIED);
    log.summary({ status: "succeeded" });
    log.metrics(
      metricsLine(
        { ran: "run", scheduled: true, function: "f", status: "succeeded", duration: 1 },
        new Date(),
      ),
    );
    expect(lines).toHaveLength(3);
  });

  it("an audit line has the promised members", async () => {
    const { log, records } = await recorded();
    log.audit(APPLIED);
    const { timestamp, ...rest } = records()[0] ?? {};
    expect(timestamp).toBeTypeOf("string");
    expect(rest).toEqual({
      ...APPLIED,
      audit: true,
      level: "INFO",
      requestId: "r-1",
      trigger: "schedule",
      version: "1.2.3",
      message: "members.add AWS Admins: applied",
    });
  });

  it.each([
    ["planned", "INFO"],
    ["applied", "INFO"],
    ["held", "WARN"],
    ["skipped", "WARN"],
    ["failed", "ERROR"],
  ] as const)("a change that is %s is of level %s", async (status, level) => {
    const { log, records } = await recorded();
    log.audit({ ...APPLIED, status, reason: "because" });
    expect(records()[0]).toMatchObject({ level, status, reason: "because" });
  });

  it("a failed change carries the refusal's own words and nothing else of the error", async () => {
    const { log, lines, records } = await recorded();
    const error = Object.assign(new Error("AWS refused."), {
      status: 400,
      detail: "Too long",
      config: { token: "canary" },
    });
    log.audit({ ...APPLIED, status: "failed", reason: "AWS refused.", error });
    expect(JSON.stringify(records()).match(/AWS refused/g)).toHaveLength(1);
    expect(records()[0]?.error).toEqual({
      name: "Error",
      status: 400,
      detail: "Too long",
    });
    expect(lines.join()).not.toContain("canary");
  });

  it.each([
    ["succeeded", "INFO"],
    ["attention", "WARN"],
    ["incomplete", "WARN"],
    ["refused", "ERROR"],
    ["failed", "ERROR"],
  ] as const)("the summary of a run that %s is of level %s", async (status, level) => {
    const { log, lines, records } = await recorded();
    log.summary({
      status,
      dryRun: false,
      trigger: "manual",
      version: "other",
      applied: { "user.create": 2 },
    });
    expect(records()[0]).toMatchObject({
      summary: true,
      level,
      status,
      dryRun: false,
      applied: { "user.create": 2 },
    });
    expect(records()[0]).toMatchObject({ trigger: "schedule", version: "1.2.3" });
    expect(lines[0]?.match(/"trigger"/g)).toHaveLength(1);
  });

  it("a summary's sentence is the line's message", async () => {
    const { log, records } = await recorded();
    log.summary({ status: "refused", message: "12 of 100 users would go." });
    expect(records()[0]?.message).toBe("12 of 100 users would go.");
  });

  it("metrics go out as they are, and only where a machine reads", async () => {
    const json = await recorded();
    json.log.metrics('{"_aws":{}}');
    expect(json.lines).toEqual(['{"_aws":{}}\n']);
    const pretty = await recorded({ format: "pretty" });
    pretty.log.metrics('{"_aws":{}}');
    expect(pretty.lines).toEqual([]);
  });
});

describe("the pretty format", () => {
  it("is one line a record, with time, level, message and fields", async () => {
    const { log, lines } = await recorded({ format: "pretty" });
    log.warn("Slow.", { seconds: 3 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: Slow\. \{"seconds":3\}\n$/);
  });

  it("has colours only when asked", async () => {
    const plain = await recorded({ format: "pretty" });
    const coloured = await recorded({ format: "pretty", colour: true });
    for (const { log } of [plain, coloured]) log.info("x");
    expect(plain.lines.join()).not.toContain("\u001b[");
    expect(coloured.lines.join()).toContain("\u001b[");
  });

  it("a name cannot forge a line, move the cursor or turn the text around", async () => {
    const { log, lines } = await recorded({ format: "pretty" });
    const name = "a\u001b[2K\r\nINFO: all is well\u2028\u202e\u200bz\u009b1m";
    log.audit({ ...APPLIED, subject: name, detail: { members: [name], [name]: 1 }, reason: name });
    log.info(name, { name });
    log.summary({ status: "succeeded", message: name });
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(line).toContain("\\u{1b}");
    }
  });
});

describe("in JSON", () => {
  it("a name with line breaks and escape sequences stays within its line and its quotation marks", async () => {
    const { log, lines, records } = await recorded();
    const name = 'a\n{"audit":true}\u001b[2K"';
    log.info(name, { name });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f]/);
    expect(records()[0]).toMatchObject({ message: name, name });
  });
});

describe("printable", () => {
  it.each([
    ["Ünïcode 名前 🙂 ❤️ O'Brien\\", "Ünïcode 名前 🙂 ❤️ O'Brien\\"],
    ["a\tb\nc\rd", "a\\u{9}b\\u{a}c\\u{d}d"],
    ["\u001b[31m\u007f\u009b", "\\u{1b}[31m\\u{7f}\\u{9b}"],
    ["\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["\u202a\u202e\u2066\u2069\u200e\u061c", "\\u{202a}\\u{202e}\\u{2066}\\u{2069}\\u{200e}\\u{61c}"],
    ["\u200b\u200d\u2060\ufeff\u00ad\u3164", "\\u{200b}\\u{200d}\\u{2060}\\u{feff}\\u{ad}\\u{3164}"],
    ["\u{e0041}\ud800", "\\u{e0041}\\u{d800}"],
  ])("%j becomes %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe("what is logged of an error", () => {
  const CANARY = "canary-0123456789";
  /** Like the error of Google's client: the whole request and answer hang on it. */
  const gaxios = () =>
    Object.assign(new Error("Request failed with status code 403"), {
      name: "GaxiosError",
      status: 403,
      code: "403",
      config: { headers: { Authorization: `Bearer ${CANARY}` }, data: { assertion: CANARY } },
      response: {
        status: 403,
        headers: new Headers({ authorization: CANARY }),
        data: { access_token: CANARY },
      },
      stack: `Error: ${CANARY}`,
    });
  /** Like the errors of the AWS SDK. */
  const sdk = () => {
    const error = Object.assign(new Error("User is not authorized"), {
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 400, requestId: "req-1", extendedRequestId: CANARY },
    });
    return Object.defineProperty(error, "$response", {
      value: { headers: { authorization: CANARY } },
      enumerable: true,
    });
  };

  it("Google's: name, message, status and code", () => {
    expect(errorFields(gaxios())).toEqual({
      name: "GaxiosError",
      message: "Request failed with status code 403",
      status: 403,
      code: "403",
    });
  });

  it("AWS's: name, message, status and request id", () => {
    expect(errorFields(sdk())).toEqual({
      name: "AccessDeniedException",
      message: "User is not authorized",
      status: 400,
      requestId: "req-1",
    });
  });

  it("ours: the refusal's words, and the same of its causes", () => {
    const error = Object.assign(new Error("Sentence.", { cause: gaxios() }), {
      detail: "words",
      requestId: "q",
    });
    expect(errorFields(error)).toEqual({
      name: "Error",
      message: "Sentence.",
      detail: "words",
      requestId: "q",
      cause: {
        name: "GaxiosError",
        message: "Request failed with status code 403",
        status: 403,
        code: "403",
      },
    });
  });

  it("a real error of the HTTP client with a token in its request does not show it", async () => {
    const server = createServer((incoming) => incoming.socket.destroy()).listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const error: unknown = await request(url, { headers: { authorization: `Bearer ${CANARY}` } }).catch(
      (thrown: unknown) => thrown,
    );
    server.close();
    const fields = errorFields(error);
    expect(fields).toMatchObject({ name: "SocketError", code: "UND_ERR_SOCKET" });
    expect(JSON.stringify(fields)).not.toContain(CANARY);
  });

  it("wherever an error or a secret member stands among the fields, nothing of it shows", async () => {
    for (const format of ["json", "pretty"] as const) {
      const { log, lines } = await recorded({ format });
      class Client {
        readonly session = CANARY;
      }
      log.error("x", { err: gaxios(), error: sdk(), deep: [{ why: new Error("y", { cause: gaxios() }) }] });
      log.error("x", {
        client: new Client(),
        headers: new Headers({ authorization: CANARY }),
        Authorization: CANARY,
      });
      log.error("x", {
        config: { headers: { authorization: CANARY }, private_key: CANARY, accessToken: CANARY },
      });
      log.error("x", { toString: () => CANARY, bytes: Buffer.from(CANARY), big: 1n, when: new Date(NaN) });
      log.summary({ status: "failed", error: gaxios() });
      expect(lines.join()).toMatch(/"client":"\[Client\]".*"bytes":"\[Buffer\]"/s);
      expect(lines).toHaveLength(5);
      expect(lines.join()).not.toContain(CANARY);
    }
  });

  it("a ring of causes, a getter that throws and things that are no errors do no harm", () => {
    const ring = new Error("a");
    ring.cause = new Error("b", { cause: ring });
    expect(JSON.stringify(errorFields(ring)).match(/"message"/g)).toHaveLength(4);
    const throws = Object.defineProperty(new Error("m"), "status", {
      get: () => {
        throw new Error(CANARY);
      },
    });
    expect(errorFields(throws)).toEqual({ name: "Error", message: "m" });
    expect(errorFields("text")).toEqual({ name: "Error", message: "text" });
    expect(errorFields(undefined)).toEqual({ name: "Error", message: "undefined was thrown" });
    expect(errorFields({ message: { token: CANARY }, code: [CANARY], status: CANARY })).toEqual({
      name: "Error",
      message: "no message",
    });
  });

  it.each([
    [`sent Authorization: Bearer ${CANARY}`],
    [`headers {"authorization":"Bearer ${CANARY}"}`],
    [`body {"access_token": "${CANARY}","x":1}`],
    [`grant_type=jwt&assertion=${CANARY}&x=1`],
    [`token ya29.${CANARY}`],
    [`jwt eyJhbGciOiJSUzI1NiJ9.${CANARY}.sig`],
    [`-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`],
    [`-----BEGIN RSA PRIVATE KEY-----\n${CANARY}`],
  ])("a vendor's message that quotes a secret is cleaned: %s", (message) => {
    expect(errorFields(new Error(message, { cause: new Error(message) })).message).toContain("[secret]");
    expect(JSON.stringify(errorFields(new Error("x", { cause: new Error(message) })))).not.toContain(CANARY);
  });

  it.each([
    "The bearer token is wrong.",
    'group "Basic training" is gone',
    "invalid_grant: Invalid JWT Signature.",
  ])("words that only sound secret stay: %s", (message) => {
    expect(errorFields(message)).toMatchObject({ message });
  });

  it("a page of HTML as a message is cut", () => {
    expect(errorFields(new Error("<".repeat(100_000))).message).toHaveLength(4_001);
  });
});
