/** The members of one group are answered for in an odd way, each time: how far it reaches, through a whole run. */
import { expect, test } from "vitest";
import type { FaultAction } from "../emulator/faults.ts";
import { at } from "../emulator/fill.ts";
import { googleError } from "../emulator/google-errors.ts";
import type { RecordedRequest } from "../emulator/wire.ts";
import { open, run } from "./stage.ts";
import { person, settledTeam } from "./team.ts";

const html = { status: 200, headers: { "content-type": "text/html" }, body: "<title>Sign in</title>" };
const empty = { status: 200, body: {} };
const exception = (status: number, __type: string, more: object = {}): FaultAction => ({
  status,
  body: { __type, Message: "no", ...more },
});

/** `held`: the group stays as it is, and is told; `whole`: there is nothing odd in the end; `ends`: the run does. */
type Reach = "held" | "whole" | "ends";

const GOOGLE: readonly (readonly [string, FaultAction, Reach])[] = [
  ["403", googleError(403, "forbidden", "Not Authorized to access this resource/api"), "held"],
  ["404 while the group is there", googleError(404, "notFound", "Resource Not Found: groupKey"), "held"],
  ["400", googleError(400, "invalid", "Invalid Input: groupKey"), "held"],
  ["500", { status: 500 }, "held"],
  ["503", { status: 503 }, "held"],
  ["a connection that breaks", "drop-before", "held"],
  ["half an answer, and the end of the connection", "cut", "held"],
  ["a refusal for speed", googleError(403, "quotaExceeded", "Request rate higher than configured."), "ends"],
  ["401", { status: 401 }, "ends"],
  ["half a document", "truncate", "ends"],
  ["a page of HTML", html, "ends"],
  ["an object of no kind", empty, "ends"],
];

const STORE: readonly (readonly [string, FaultAction, Reach])[] = [
  ["AccessDeniedException", exception(403, "AccessDeniedException"), "held"],
  ["a row of no form", { status: 200, body: { GroupMemberships: [{ GroupId: 7 }, 7] } }, "held"],
  ["KMS_ACCESS_DENIED", exception(403, "AccessDeniedException", { Reason: "KMS_ACCESS_DENIED" }), "ends"],
  ["ExpiredTokenException", exception(403, "ExpiredTokenException"), "ends"],
  ["500", { status: 500 }, "ends"],
  ["a page of no form", empty, "ends"],
];

const SCIM: readonly (readonly [string, FaultAction, Reach])[] = [
  ["403", { status: 403 }, "held"],
  ["a row of no form", { status: 200, body: { Resources: [7] } }, "held"],
  ["401", { status: 401 }, "ends"],
  ["503", { status: 503 }, "ends"],
  ["a page of no form", empty, "ends"],
];

async function reach(
  answer: FaultAction,
  AWS_READ: string,
  isMeant: (request: RecordedRequest, ids: { readonly google: string; readonly aws: string }) => boolean,
): Promise<Reach> {
  const emulator = await open();
  settledTeam(emulator);
  const { google, aws } = emulator;
  google.suspend(at(person(0)));
  google.removeMember(at("aws-some"), at(person(3)));
  google.addUser({ email: at("newcomer"), givenName: "New", familyName: "Comer" });
  google.addMember(at("aws-all"), at("newcomer"));
  const before = aws.membersOf("aws-some");
  const ids = { google: google.group(at("aws-some")).id, aws: aws.group("aws-some").id };
  const fault = emulator.fault({ when: (request) => isMeant(request, ids), times: Infinity, do: answer });
  const { status, message } = await run(emulator, {}, { settings: { AWS_READ } });
  expect(fault.hits).toBeGreaterThan(0);
  if (status === "failed") return "ends";
  expect(aws.user(at(person(0))).active, message).toBe(false);
  expect(aws.membersOf("aws-all"), message).toContain(at("newcomer"));
  if (status === "succeeded") return "whole";
  expect([status, aws.membersOf("aws-some")], message).toEqual(["attention", before]);
  return "held";
}

test.each(GOOGLE)("Google: %s", async (_, answer, expected) => {
  const members = ({ path }: RecordedRequest, { google }: { google: string }) =>
    path.endsWith(`${google}/members`);
  expect(await reach(answer, "identitystore", members)).toBe(expected);
});

test.each(STORE)("the Identity Store: %s", async (_, answer, expected) => {
  const members = ({ operation, body }: RecordedRequest, { aws }: { aws: string }) =>
    operation === "ListGroupMemberships" && JSON.stringify(body).includes(aws);
  expect(await reach(answer, "identitystore", members)).toBe(expected);
});

test.each(SCIM)("SCIM: %s", async (_, answer, expected) => {
  const members = ({ query }: RecordedRequest, { aws }: { aws: string }) =>
    query["filter"]?.startsWith(`groups.value eq "${aws}"`) === true;
  expect(await reach(answer, "scim", members)).toBe(expected);
});
