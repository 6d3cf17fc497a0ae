/** What the doctor says of the table that remembers a day. */
import { expect, it } from "vitest";
import { clinic, errors, finding, trouble } from "./clinic.ts";

it("a table that can be read and written is in order, and nothing is written to try it", async () => {
  const { tables, examine } = await clinic();
  expect(finding(await examine(), "aws.tally").level).toBe("ok");
  expect(tables.requests).toEqual(["GetItem", "PutItem"]);
});

it("what stands there is weighed: the next run has what is left of the day", async () => {
  const { emulator, tables, examine } = await clinic();
  for (const email of ["ada@example.com", "bob@example.com"])
    emulator.aws.addUser({ userName: email, externalId: emulator.google.user(email).id });
  tables.fault((operation) => (operation === "GetItem" ? { refuse: "AccessDeniedException" } : undefined));
  const report = await examine({ MAX_USER_REMOVALS: "1" });
  // Bob is in no group: nobody can say whether his removal fits.
  expect(finding(report, "next-run").why).toContain("1 more waits for approval");
});

it("without a table every run has the whole day's budgets, which is a warning and nothing else", async () => {
  const { tables, examine } = await clinic();
  const report = await examine({ TALLY: undefined });
  expect(trouble(report)).toEqual(["warning aws.tally"]);
  expect(tables.requests).toEqual([]);
});

it.each(["GetItem", "PutItem"])(
  "a table that refuses %s is an error that names the right",
  async (refused) => {
    const { tables, examine } = await clinic();
    tables.fault((operation) => (operation === refused ? { refuse: "AccessDeniedException" } : undefined));
    const report = await examine();
    expect(errors(report)).toEqual(["aws.tally"]);
    expect(finding(report, "aws.tally").why).toContain(`dynamodb:${refused}`);
  },
);

it("a table that is not there is an error", async () => {
  const { examine } = await clinic();
  const report = await examine({ TALLY: "another-table" });
  expect(finding(report, "aws.tally").why).toContain("There is no DynamoDB table another-table");
});

it("a name that no table can have is said once, and the table is not asked for", async () => {
  const { tables, examine } = await clinic();
  const report = await examine({ TALLY: "a table" });
  expect(errors(report)).toEqual(["settings.1"]);
  expect(finding(report, "aws.tally").level).toBe("not-checked");
  expect(tables.requests).toEqual([]);
});

it("with AWS_READ=scim the tally needs the Identity Store's ID all the same", async () => {
  const { emulator, examine } = await clinic();
  emulator.denied.add("sso:ListInstances");
  const report = await examine({ AWS_READ: "scim" });
  expect(errors(report)).toEqual(["aws.tally"]);
  expect(finding(report, "aws.tally").todo).toContain("IDENTITY_STORE_ID");
});
