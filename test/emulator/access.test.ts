/** What the emulator answers about assignments, asked without a client of ours. */
import { expect, it } from "vitest";
import { askAws } from "./ask.ts";
import { useEmulator } from "./use-emulator.ts";

async function stage() {
  const emulator = await useEmulator();
  const { aws, access } = emulator;
  const group = aws.addGroup({ displayName: "aws-admins" });
  const user = aws.addUser({ userName: "ada@example.com" });
  aws.addMembership("aws-admins", "ada@example.com");
  access.addPermissionSet("Admin", { policies: ["AdministratorAccess"], session: "PT8H" });
  access.assign("aws-admins", "Admin", "a", "b", "c", "d");
  access.assign("ada@example.com", "Admin", "a");
  const InstanceArn = String(emulator.identityStore.instances[0]?.["InstanceArn"]);
  const ask = (name: string, input: object) =>
    askAws(emulator, `SWBExternalService.${name}`, { InstanceArn, ...input }, "sso");
  return { emulator, group, user, ask, set: access.permissionSets[0]?.arn };
}

it("rows of a user are their own and those of their groups, in pages", async () => {
  const { ask, group, user } = await stage();
  const asked = { PrincipalType: "USER", PrincipalId: user.id };
  const first = await ask("ListAccountAssignmentsForPrincipal", asked);
  expect(first.body["AccountAssignments"]).toHaveLength(3);
  const { NextToken } = first.body;
  const second = await ask("ListAccountAssignmentsForPrincipal", { ...asked, NextToken });
  const rows = [first, second].flatMap(({ body }) => body["AccountAssignments"] as { PrincipalId: string }[]);
  expect(rows.map(({ PrincipalId }) => PrincipalId)).toEqual([
    group.id,
    group.id,
    group.id,
    group.id,
    user.id,
  ]);
  expect(second.body["NextToken"]).toBeUndefined();
});

it("an assignment outlives its principal", async () => {
  const { emulator, ask, group, set } = await stage();
  emulator.aws.deleteGroup("aws-admins");
  const rows = await ask("ListAccountAssignments", {
    ...{ PermissionSetArn: set, AccountId: emulator.access.accountId("b") },
  });
  expect(rows.body["AccountAssignments"]).toMatchObject([{ PrincipalId: group.id, PrincipalType: "GROUP" }]);
});

it("refuses what AWS refuses: an unknown instance or permission set, and what IAM does not allow", async () => {
  const { emulator, ask, set } = await stage();
  const type = async (name: string, input: object) => (await ask(name, input)).body["__type"];
  expect(await type("DescribePermissionSet", { PermissionSetArn: "arn:aws:sso:::x" })).toBe(
    "ResourceNotFoundException",
  );
  expect(await type("ListPermissionSets", { InstanceArn: "arn:aws:sso:::instance/other" })).toBe(
    "ResourceNotFoundException",
  );
  emulator.access.policy.instance = "account";
  expect(await type("ListPermissionSets", {})).toBe("ValidationException");
  emulator.denied.add("sso:DescribePermissionSet");
  expect(await type("DescribePermissionSet", { PermissionSetArn: set })).toBe("AccessDeniedException");
});

it("account access manager wants a signature that is right", async () => {
  const { emulator } = await stage();
  const url = `${emulator.url}/applications-list`;
  const answer = await fetch(url, { method: "POST", body: "{}", headers: { authorization: "none" } });
  expect(answer.status).toBe(403);
  expect(answer.headers.get("x-amzn-errortype")).toBe("IncompleteSignature");
});
