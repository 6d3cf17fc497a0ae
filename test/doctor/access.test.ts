/** What the doctor says of what users and groups carry. */
import { expect, it } from "vitest";
import { clinic, finding, levels, type Clinic } from "./clinic.ts";

/** `aws-admins` is ours and carries administrator access in two accounts; Ada is in it, and `disabled` is. */
async function carrying(): Promise<Clinic> {
  const company = await clinic();
  const { aws, access, google } = company.emulator;
  aws.addGroup({ displayName: "aws-admins", externalId: google.group("aws-admins@example.com").id });
  aws.addUser({ userName: "ada@example.com", externalId: google.user("ada@example.com").id });
  aws.addUser({ userName: "disabled@example.com", active: false });
  for (const name of ["ada@example.com", "disabled@example.com"]) aws.addMembership("aws-admins", name);
  access.addPermissionSet("Root", { policies: ["AdministratorAccess"] });
  access.addPermissionSet("Read", { policies: ["ReadOnlyAccess"] });
  access.assign("aws-admins", "Root", "prod", "log");
  return company;
}

it("a group that carries administrator access and has one person enabled is named, with the accounts", async () => {
  const { examine } = await carrying();
  const report = await examine();
  expect(levels(report, "access.reading", "access.strays")).toEqual(["ok", "ok"]);
  const told = finding(report, "access.administrators");
  expect(told.level).toBe("warning");
  expect(told.why).toBe(
    "These groups carry administrator access: aws-admins (in 2 accounts: log, prod) has ada@example.com alone enabled in it.",
  );
});

it("so is one that has nobody enabled; with two, with less access, or made by hand, nothing is said", async () => {
  const { emulator, examine } = await carrying();
  const { aws, access } = emulator;
  aws.user("ada@example.com").active = false;
  expect(finding(await examine(), "access.administrators").why).toContain("has nobody enabled in it");
  aws.user("ada@example.com").active = true;
  aws.user("disabled@example.com").active = true;
  aws.addGroup({ displayName: "by-hand" });
  access.assign("by-hand", "Root", "prod");
  expect(finding(await examine(), "access.administrators").level).toBe("ok");
  access.assignments.splice(0);
  access.assign("aws-admins", "Read", "prod");
  aws.user("disabled@example.com").active = false;
  expect(finding(await examine(), "access.administrators").level).toBe("ok");
});

it("what is assigned directly to somebody who was disabled is named with the command, and stays", async () => {
  const { emulator, examine } = await carrying();
  const { aws, access, google } = emulator;
  google.addUser({ email: "leaver@example.com" });
  google.suspend("leaver@example.com");
  const { id: sourceId } = google.user("leaver@example.com");
  aws.addUser({
    ...{ userName: "leaver@example.com", active: false },
    externalId: `ssosync-suspended.2026-11-20.${sourceId}`,
  });
  aws.addMembership("aws-admins", "leaver@example.com");
  expect(finding(await examine(), "access.direct").level).toBe("ok");
  access.assign("leaver@example.com", "Read", "prod");
  access.entitle("leaver@example.com", "ops", "log");
  const told = finding(await examine(), "access.direct");
  expect(told.why).toBe(
    "Still assigned directly to users who are disabled: leaver@example.com: the role ops in log, leaver@example.com: Read in prod.",
  );
  const { id } = aws.user("leaver@example.com");
  expect(told.todo).toContain(
    `--target-id ${access.accountId("prod")} --principal-type USER --principal-id ${id}`,
  );
  expect(told.todo).toContain("the entitlement ent-");
  expect(told.todo).not.toContain(access.permissionSets[0]!.arn);
});

it("assignments of nobody are named, with the command that removes them, and stay", async () => {
  const { emulator, examine } = await carrying();
  const { aws, access } = emulator;
  aws.addUser({ userName: "old@example.com" });
  access.assign("old@example.com", "Read", "dev");
  const { id } = aws.user("old@example.com");
  aws.deleteUser("old@example.com");
  const before = [...access.assignments];
  const told = finding(await examine(), "access.strays");
  expect(told.level).toBe("warning");
  expect(told.why).toMatch(/^1 account assignment of users or groups that are no more: user /);
  const set = access.permissionSets[1]!.arn;
  const instance = String(emulator.identityStore.instances[0]!["InstanceArn"]);
  expect(told.todo).toContain(
    `aws sso-admin delete-account-assignment --instance-arn ${instance} --permission-set-arn ${set} --target-type AWS_ACCOUNT --target-id ${access.accountId("dev")} --principal-type USER --principal-id ${id}`,
  );
  expect(access.assignments).toEqual(before);
});

it("whoever was made since AWS was listed is somebody", async () => {
  const { emulator, examine } = await carrying();
  emulator.fault({
    when: { operation: "ListGroups", nth: 2 },
    times: Infinity,
    do: (_, answer) => ({ ...answer, body: { Groups: [] } }),
  });
  expect(finding(await examine(), "access.strays").level).toBe("ok");
});

it(
  "no more than 500 requests are spent on it, and the report says where it stopped",
  { tags: "long" },
  async () => {
    const { emulator, examine } = await carrying();
    const { access } = emulator;
    const accounts = Array.from({ length: 60 }, (_, n) => `account-${n}`);
    for (let n = 0; n < 12; n++) {
      access.addPermissionSet(`Set${n}`);
      access.assign("aws-admins", `Set${n}`, ...accounts);
    }
    const report = await examine({ IDENTITY_STORE_RATE: "5000" });
    const spent = ["ListPermissionSets", "ListAccountsForProvisionedPermissionSet", "ListAccountAssignments"];
    expect(emulator.count(({ operation }) => spent.includes(operation))).toBe(500);
    expect(finding(report, "access.strays").why).toMatch(
      /after 500 requests it stopped at permission set \d+ of 14/,
    );
  },
);

it.each([
  ["sso:ListAccountAssignmentsForPrincipal", "access.reading"],
  ["account-access:ListApplications", "access.reading"],
  ["sso:DescribePermissionSet", "access.reading"],
  ["sso:ListPermissionSets", "access.strays"],
  ["sso:ListAccountAssignments", "access.strays"],
])(
  "without the right %s the report says what is not shown, and everything else is checked",
  async (action, id) => {
    const { emulator, examine } = await carrying();
    emulator.denied.add(action);
    const report = await examine();
    const told = finding(report, id);
    expect(told.level).toBe("warning");
    expect(told.why).toContain(`AWS does not allow ${action}`);
    expect(told.todo).toMatch(new RegExp(`^Add ${action} to the policy`));
    expect(levels(report, "next-run", "aws.reading")).toEqual(["ok", "ok"]);
    // Nothing that was not read is called in order.
    const calm = report.findings.filter((one) => one.id === "access.administrators" && one.level === "ok");
    expect(calm).toEqual([]);
  },
);
