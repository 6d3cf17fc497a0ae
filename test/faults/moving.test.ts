/** Moving over from the older tool, awslabs/ssosync: what its releases leave in the target costs nobody anything. */
import { expect, test } from "vitest";
import { sampleCompany } from "../emulator/company.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { Company, CompanyGroup, Person } from "../emulator/google-company.ts";
import type { Settings } from "../oracle/emulated.ts";
import { open, plannedBy, run } from "./stage.ts";

/** As the older tool sees it: people of the groups that match; it never makes suspended ones. */
const activeIn = (google: Company, group: CompanyGroup): readonly Person[] =>
  [...google.everyoneIn(group.id)]
    .map((id) => google.user(id))
    .filter(({ suspended, archived }) => !suspended && !archived);

const groupsOf = (google: Company): readonly CompanyGroup[] =>
  google.groups.filter(({ email, foreign }) => email.startsWith("aws-") && !foreign);

interface Release {
  /** Google ids as external ids, since v2.5. */
  readonly linked: boolean;
  /** What a group is called: its name, or its address where users come first. */
  readonly groupName: "name" | "email";
}

/** Fills the target as a release of the older tool leaves it after a run. */
function leftBy({ google, aws }: Emulator, { linked, groupName }: Release): void {
  const link = (id: string): { readonly externalId?: string } => (linked ? { externalId: id } : {});
  const people = new Map(
    groupsOf(google)
      .flatMap((group) => activeIn(google, group))
      .map((one) => [one.id, one]),
  );
  for (const { id, primaryEmail, givenName, familyName } of people.values()) {
    // It cannot write the zero-width space that stands for a missing name, and leaves a space in its place.
    const [given, family] = [givenName, familyName].map((name) => name.replaceAll("\u200B", " "));
    aws.addUser({
      userName: primaryEmail,
      givenName: given ?? "",
      familyName: family ?? "",
      displayName: `${given} ${family}`,
      extra: { addresses: [{ type: "work" }] },
      ...link(id),
    });
  }
  for (const group of groupsOf(google)) {
    const made = aws.addGroup({
      displayName: groupName === "name" ? group.name : group.email,
      createdAt: new Date(0),
      ...link(group.id),
    });
    for (const { primaryEmail } of activeIn(google, group)) aws.addMembership(made.id, primaryEmail);
  }
}

async function movingFrom(release: Release): Promise<Emulator> {
  const emulator = await open();
  sampleCompany(emulator.google, emulator.aws);
  // Nobody of one name: the older tool leaves a blank there, which is not how a missing name is told here.
  for (const one of emulator.google.users) if (one.familyName === "\u200B") one.familyName = "One";
  leftBy(emulator, release);
  return emulator;
}

const membershipsOf = ({ aws }: Emulator): readonly string[] =>
  aws.memberships.map(({ groupId, userId }) => `${groupId} ${userId}`).toSorted();

const method = (groupName: Release["groupName"]): Settings => ({ GROUP_NAME: groupName });

test.each(["name", "email"] as const)(
  "what the older tool's newest release leaves (groups named by %s) needs no change at all",
  { tags: "long" },
  async (groupName) => {
    const emulator = await movingFrom({ linked: true, groupName });
    expect(await plannedBy(emulator, { settings: method(groupName) })).toEqual([]);
    const ended = await run(emulator, {}, { settings: method(groupName) });
    expect(ended.message).toBe("Nothing to do.");
    expect(emulator.writes()).toEqual([]);
  },
);

test.each(["name", "email"] as const)(
  "what its v1.0.0-rc.9 leaves (groups named by %s) is taken over by one approval, and no membership changes",
  { tags: "long" },
  async (groupName) => {
    const emulator = await movingFrom({ linked: false, groupName });
    const { aws, google } = emulator;
    const before = membershipsOf(emulator);
    const ids = new Map(aws.users.map((one) => [one.userName, one.id]));
    const extras = aws.users.map(({ extra }) => structuredClone(extra));
    emulator.onWrite(() => expect(membershipsOf(emulator)).toEqual(before));
    const first = await run(emulator, {}, { settings: method(groupName) });
    expect(first.status).toBe("succeeded");
    expect(Object.keys(first.summary?.applied ?? {})).toEqual(["user.update"]);
    const payload = JSON.parse(first.message.slice(first.message.indexOf("{"))) as object;
    const ended = await run(emulator, payload, { settings: method(groupName) });
    expect(ended.status, ended.message).toBe("succeeded");
    expect(ended.summary?.approvals).toEqual([]);
    expect(Object.keys(ended.summary?.applied ?? {})).toEqual(["group.update"]);
    expect(membershipsOf(emulator)).toEqual(before);
    expect(aws.users.map(({ extra }) => extra)).toEqual(extras);
    for (const { userName, id, externalId } of aws.users) {
      expect(id).toBe(ids.get(userName));
      if (externalId !== undefined) expect(google.user(userName).id).toBe(externalId);
    }
    for (const group of groupsOf(google))
      expect(aws.groups.map(({ externalId }) => externalId)).toContain(group.id);
    expect(await plannedBy(emulator, { settings: method(groupName) })).toEqual([]);
  },
);

test(
  "a person with one name, whom the older tool left with a blank, gets a name once and then stays as they are",
  { tags: "long" },
  async () => {
    const emulator = await open();
    sampleCompany(emulator.google, emulator.aws);
    leftBy(emulator, { linked: true, groupName: "name" });
    const planned = await plannedBy(emulator);
    expect(planned).toEqual(["planned user.update sukarno@example.com"]);
    expect((await run(emulator)).status).toBe("succeeded");
    expect(await plannedBy(emulator)).toEqual([]);
  },
);
