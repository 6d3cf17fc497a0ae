/** One row of the table of Google's refusals at a time: which it is, and what comes of a group that is answered so. */
import { expect, test } from "vitest";
import { refusalIn } from "../../src/google/refusals.ts";
import type { RefusalCode, Says } from "../../src/google/refusals.ts";
import { SourceError } from "../../src/google/errors.ts";
import type { Answer } from "../emulator/wire.ts";
import { google } from "./setup.ts";

const api = (status: number, reason: string, message: string): Answer => ({
  status,
  body: { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
});
const html = { "content-type": "text/html" };

/** Each as Google has sent it. */
const EXAMPLES: Readonly<Record<RefusalCode, readonly Answer[]>> = {
  "too-many": [api(429, "rateLimitExceeded", "Rate Limit Exceeded"), { status: 429, body: "" }],
  quota: [api(403, "quotaExceeded", "Request rate higher than configured.")],
  rate: [api(403, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries'")],
  "user-rate": [api(403, "userRateLimitExceeded", "User Rate Limit Exceeded")],
  "plain-quota": [
    { status: 403, body: "Quota exceeded for the current request" },
    { status: 503, body: "Quota exceeded for the current request" },
  ],
  trouble: [
    api(500, "backendError", "Backend Error"),
    api(503, "internalError", ""),
    { status: 502, headers: html, body: "<title>Error 502 (Server Error)!!1</title>" },
    { status: 504, body: "" },
  ],
  late: [{ status: 408, headers: html, body: "<title>Error 408 (Request Timeout)!!1</title>" }],
  "system-error": [api(400, "invalid", "A system error has occurred")],
  token: [api(401, "authError", "Invalid Credentials"), api(401, "required", "Login Required")],
  scope: [api(403, "insufficientPermissions", "Request had insufficient authentication scopes.")],
  "api-off": [api(403, "accessNotConfigured", "Admin SDK API has not been used in project 1 before")],
  "no-administrator": [api(400, "failedPrecondition", "Precondition check failed.")],
  "apis-off": [api(403, "domainCannotUseApis", "Domain cannot use apis")],
  forbidden: [api(403, "forbidden", "Not Authorized to access this resource/api")],
  hidden: [api(403, "invalid", "Invalid domain"), api(403, "unheardOf", "No.")],
  "no-domain": [api(404, "notFound", "Domain not found")],
  "no-key": [api(400, "invalid", "Invalid Input: groupKey"), api(400, "invalid", "Invalid Input: userKey")],
  gone: [api(404, "notFound", "Resource Not Found: groupKey")],
  "no-customer": [api(400, "invalid", "Invalid Customer Id")],
  "no-org-unit": [api(400, "invalid", "Invalid Input: INVALID_OU_ID")],
  question: [
    api(400, "badRequest", "Bad Request"),
    api(400, "required", "Missing required field: memberKey"),
    api(404, "unheardOf", "No."),
  ],
  other: [
    api(410, "deleted", "Resource has been deleted: groupKey"),
    api(412, "conditionNotMet", "Precondition Failed"),
  ],
};

const FATES = {
  "slow down": "the run ends",
  "not now": "unread",
  "not you": "outside",
  "not yours": "outside",
  "not there": "gone",
  "not so": "outside",
} as const satisfies Readonly<Record<Says, string>>;

/** What comes of a nested group that no listing has, when its members and the group itself are answered so. */
async function fateOf(answer: Answer): Promise<string> {
  const here = await google("vendor");
  here.company.addGroup({ email: "parent@example.com" });
  here.company.addGroup({ email: "nested@elsewhere.org", foreign: true });
  here.company.addMember("parent@example.com", "nested@elsewhere.org");
  const id = here.id("nested@elsewhere.org");
  here.fault({ when: ({ path }) => path.includes(id), times: 99, do: answer });
  try {
    const source = await here.connect({ retries: 1 }).read();
    const fates = {
      outside: source.outside.has(id),
      unread: source.unread.has(id),
      gone: source.members.get(id)?.length === 0,
    };
    return Object.entries(fates)
      .flatMap(([fate, is]) => (is ? [fate] : []))
      .join();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return "the run ends";
  }
}

const rows = Object.entries(EXAMPLES).flatMap(([code, answers]) =>
  answers.map((answer) => [code, answer.status, answer] as const),
);

test.each(rows)("the row %s, as %i", async (code, _, answer) => {
  const { error } = (answer.body ?? {}) as { error?: { message: string; errors: { reason: string }[] } };
  const read = {
    status: answer.status,
    reason: error?.errors[0]?.reason ?? "",
    message: error?.message ?? String(answer.body),
  };
  const row = refusalIn(read);
  expect(row?.code).toBe(code);
  expect(await fateOf(answer)).toBe(code === "token" ? "the run ends" : row && FATES[row.says]);
});

test.each([403, 404, 400])(
  "%i from a proxy, which is no error object of Google's, ends the run",
  async (status) => {
    expect(refusalIn({ status, reason: "", message: "<html>Not here" })).toBeUndefined();
    expect(await fateOf({ status, headers: html, body: "<html>Not here" })).toBe("the run ends");
  },
);
