/** What Google does not show is held still; what it shows is synced. */
import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { journey, type Journey } from "./journey.ts";

const refuse = ({ google, emulator }: Journey, group: string): void => {
  const { id } = google.group(at(group));
  emulator.fault({
    when: ({ path }) => path.endsWith(`${id}/members`),
    times: Infinity,
    do: { status: 403 },
  });
};

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

describe("a group whose members are refused", () => {
  test("keeps them but for leavers, others are synced, and the run says which and why", async () => {
    const j = await settled();
    const before = j.aws.membersOf("aws-readonly");
    refuse(j, "aws-readonly");
    j.google.deleteUser(at("kim"));
    j.google.addMember(at("aws-admins"), at("linus"));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { unread: 1 } });
    expect(summary.message).toContain("403 forbidden: Not Authorized to access this resource/api");
    expect(j.aws.membersOf("aws-readonly")).toEqual(before.filter((one) => one !== at("kim")));
    expect(j.aws.user(at("kim")).active).toBe(false);
    expect(j.aws.membersOf("aws-admins")).toContain(at("linus"));
  });

  test("ends the run as failed when they are three, after what can be done", async () => {
    const j = await settled();
    for (const group of ["aws-readonly", "aws-backend", "aws-engineers"]) refuse(j, group);
    j.google.addMember(at("aws-admins"), at("linus"));
    const summary = await j.run();
    expect(summary.status).toBe("failed");
    expect(summary.message).toMatch(/^3 of 4 groups could not be read/u);
    expect(j.aws.membersOf("aws-admins")).toContain(at("linus"));
  });

  test("is not even asked for them when it is ignored by its address, unless another group nests it", async () => {
    const j = await settled();
    refuse(j, "aws-readonly");
    const asked = (group: string) =>
      j.emulator.count(({ path }) => path.endsWith(`${j.google.group(at(group)).id}/members`));
    expect((await j.run({}, { settings: { IGNORE_GROUPS: "aws-readonly@*" } })).status).toBe("succeeded");
    expect([asked("aws-readonly"), asked("aws-backend") > 0]).toEqual([0, true]);
    refuse(j, "aws-backend");
    expect((await j.run({}, { settings: { IGNORE_GROUPS: "aws-readonly@*,aws-backend@*" } })).status).toBe(
      "attention",
    );
  });
});

test("somebody who left every group is out, though a partner's group of theirs cannot be asked about", async () => {
  const j = await journey({ settings: { GROUP_MATCH: "*" } });
  j.google.addGroup({ email: "partners@elsewhere.org", foreign: true });
  j.google.addMember("partners@elsewhere.org", at("lena"));
  await j.sync();
  j.google.removeMember(at("aws-readonly"), at("lena"));
  expect(await j.run()).toMatchObject({ status: "succeeded", held: {} });
  expect(j.aws.user(at("lena")).active).toBe(false);
});

test("names that another tool wrote as they were are the same names", async () => {
  const j = await journey({
    also: (google) => {
      google.addGroup({ email: at("aws-blank"), name: "Platform Team " });
      google.addGroup({ email: at("aws-two"), name: "Data  Sci\u00a0ence" });
    },
  });
  await j.sync();
  for (const [cleaned, raw] of [
    ["Platform Team", "Platform Team "],
    ["Data Sci ence", "Data  Sci\u00a0ence"],
  ] as const)
    Object.assign(j.aws.group(cleaned), { displayName: raw });
  expect(j.aws.groups.map(({ displayName }) => displayName)).toContain("Platform Team ");
  await j.quiet();
});
