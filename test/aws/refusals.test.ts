/** Every way in which AWS says no while it is read or written, one at a time: what is told, and how far it reaches. */
import { describe, expect, test } from "vitest";
import { targetId } from "../../src/core/model.ts";
import { isAboutOne, type TargetError, TokenError } from "../../src/aws/errors.ts";
import type { FaultAction } from "../emulator/faults.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { ada, failure, readIdentityStore, scimAt, storeAt } from "./stage.ts";

const RUN = /^run again/;
const group = targetId("g-1");
const user = targetId("u-1");

describe("the SCIM endpoint", () => {
  const alone: FaultAction = (request, answer) =>
    request.operation === "ServiceProviderConfig" ? answer : { status: 403, body: { detail: "no" } };
  const always = (answer: FaultAction) => answer;

  test.each([
    ["throttling (429)", "create", always({ status: 429 }), /^lower SCIM_RATE/],
    [
      "throttling as a 400",
      "create",
      always({ status: 400, headers: { "x-amzn-errortype": "ThrottlingException" }, body: {} }),
      /^lower SCIM_RATE/,
    ],
    [
      "trouble (500)",
      "create",
      always({ status: 500 }),
      /^run again later; if it happens again, give the request ID/,
    ],
    ["trouble (503)", "read", always({ status: 503 }), /^run again later/],
    ["403 of one object alone", "patch", alone, /^look it up in the console/],
    ["401", "read", always({ status: 401 }), /^create a new token .* and check the setting SCIM_ENDPOINT$/],
    ["403 of everything", "read", always({ status: 403 }), /source addresses that the instance allows$/],
    [
      "a redirect",
      "read",
      always({ status: 302, headers: { location: "https://elsewhere.example/" } }),
      /^store the endpoint/,
    ],
    ["404", "patch", always({ status: 404 }), /^wait for the next run, which reads/],
    ["409 of a name", "rename", always({ status: 409 }), /^find that object, and rename or delete it$/],
    [
      "409 of another change",
      "members",
      always({ status: 409 }),
      /^wait for the next run, which tries again$/,
    ],
    ["400 of a reading", "read", always({ status: 400 }), RUN],
    ["501", "create", always({ status: 501 }), RUN],
    ["400 of a change", "create", always({ status: 400 }), /CloudTrail, which names the attribute$/],
  ] as const)("%s", async (_, ask, action, todo) => {
    const emulator = await useEmulator();
    emulator.aws.policy.retryAfter = undefined;
    const client = scimAt(emulator, { attempts: 1 });
    emulator.fault({ when: { service: "scim" }, times: Infinity, do: action });
    const asks = {
      create: () => client.createUser(ada),
      read: () => client.read(),
      patch: () => client.patchUser(user, { active: false }),
      rename: () => client.patchUser(user, { userName: "other@example.com" }),
      members: () => client.addMembers(group, [user]),
    };
    const error = await failure<TargetError>(asks[ask]());
    expect(error.todo).toMatch(todo);
    expect(error instanceof TokenError).toBe(/^(401|403 of e|a re)/.test(_));
    expect(isAboutOne(error)).toBe(action === alone);
  });
});

describe("the Identity Store", () => {
  const exception = (__type: string, more: object = {}, status = 400): FaultAction => ({
    status,
    body: { __type, Message: "no", ...more },
  });

  test.each([
    ["AccessDeniedException", exception("AccessDeniedException", {}, 403), /^add identitystore:/, true],
    [
      "KMS_ACCESS_DENIED",
      exception("AccessDeniedException", { Reason: "KMS_ACCESS_DENIED" }, 403),
      /^allow kms:Decrypt/,
    ],
    [
      "KMS_KEY_NOT_FOUND",
      exception("ResourceNotFoundException", { Reason: "KMS_KEY_NOT_FOUND" }),
      /^allow kms:Decrypt/,
    ],
    ...["KMS_INVALID_ARN", "KMS_INVALID_KEY_USAGE", "KMS_INVALID_STATE", "KMS_DISABLED"].map(
      (Reason) => [Reason, exception("ValidationException", { Reason }), /^allow kms:Decrypt/] as const,
    ),
    [
      "another store",
      exception("ResourceNotFoundException", { ResourceType: "IDENTITY_STORE" }),
      /^set IDENTITY_STORE_ID/,
    ],
    ["ThrottlingException", exception("ThrottlingException"), /^lower the rate setting/],
    [
      "KMS_THROTTLING",
      exception("ThrottlingException", { Reason: "KMS_THROTTLING" }, 429),
      /^lower the rate setting/,
    ],
    ["InternalServerException", exception("InternalServerException", {}, 500), /^run again later/],
    ["ExpiredTokenException", exception("ExpiredTokenException", {}, 403), /^run "aws sso login"/],
    ["UnrecognizedClientException", exception("UnrecognizedClientException", {}, 403), /^check AWS_PROFILE/],
    ["another exception", exception("ValidationException"), /^run again, and if it happens again, look up/],
  ] as const)("%s", async (_, action, todo, one?: boolean) => {
    const emulator = await useEmulator();
    emulator.aws.addGroup({ displayName: "devs" });
    const { client, id } = storeAt(emulator, { maxAttempts: 1 });
    for (const operation of ["ListUsers", "ListGroupMemberships"]) {
      const fault = emulator.fault({ when: { operation }, times: Infinity, do: action });
      if (operation !== "ListUsers") emulator.aws.addUser({ userName: "ada@example.com" });
      const error = await failure<TargetError>(readIdentityStore(client, id));
      expect(error.todo).toMatch(todo);
      expect(isAboutOne(error)).toBe(one === true);
      fault.remove();
    }
  });
});
