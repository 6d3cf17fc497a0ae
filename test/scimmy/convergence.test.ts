/**
 * The same company, written to the emulated Identity Center and to SCIMMY: both end alike, day after day.
 * @module-tag long
 */
import { expect, onTestFinished, test } from "vitest";
import { changeCompany, sampleCompany } from "../emulator/company.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { Company } from "../emulator/google-company.ts";
import { at } from "../emulator/fill.ts";
import type { Settings } from "../oracle/emulated.ts";
import { open, plannedBy, run } from "../faults/stage.ts";
import { startScimmy, type ScimmyServer, type StoredUser } from "./server.ts";

const scim: Settings = { AWS_READ: "scim", MAX_USER_REMOVALS: "50%", MAX_GROUP_REMOVALS: "90%" };

/** Another address that somebody else gives up: the two trade addresses. */
function swap(google: Company, one: string, other: string): void {
  const [a, b] = [google.user(one), google.user(other)];
  [a.primaryEmail, b.primaryEmail] = [b.primaryEmail, a.primaryEmail];
}

const days: readonly (readonly [string, (google: Company) => void])[] = [
  ["nothing is there", () => undefined],
  ["a working day", (google) => void changeCompany(google)],
  [
    "addresses and names are traded, somebody is suspended, a group comes",
    (google) => {
      swap(google, at("otto.weber"), at("linus.berg"));
      const [one, two] = [google.group(at("aws-admins")), google.group(at("aws-backend"))];
      [one.name, two.name] = [two.name, one.name];
      google.suspend(at("jose.nunez"));
      google.addGroup({ email: at("aws-late") });
      google.addMember(at("aws-late"), at("an.nguyen"));
    },
  ],
  [
    "an address is recycled, a group goes",
    (google) => {
      google.deleteUser(at("an.nguyen"));
      google.addUser({ email: at("an.nguyen"), givenName: "Another", familyName: "Nguyen" });
      google.addMember(at("aws-admins"), at("an.nguyen"));
      google.deleteGroup(at("aws-late"));
    },
  ],
  ["somebody comes back", (google) => google.suspend(at("jose.nunez"), false)],
];

/** Everything of the emulated target that has an external id, as text. */
function emulated({ aws }: Emulator): readonly string[] {
  return [
    ...aws.users.map((one) =>
      line(
        one.userName,
        one.externalId,
        one.active,
        one.displayName,
        nameOf(one.name),
        one.emails.map(({ value }) => value),
      ),
    ),
    ...aws.groups
      .filter(({ externalId }) => externalId !== undefined)
      .map((one) => line(one.displayName, one.externalId, aws.membersOf(one.id))),
  ].toSorted();
}

const mailsOf = ({ emails = [] }: StoredUser): readonly string[] => emails.map(({ value }) => value);

function stored({ store }: ScimmyServer): readonly string[] {
  const userName = (id: string): string => store.users.get(id)?.userName ?? id;
  return [
    ...[...store.users.values()].map((one) =>
      line(one.userName, one.externalId, one.active, one.displayName, nameOf(one.name), mailsOf(one)),
    ),
    ...[...store.groups.values()].map((one) =>
      line(
        one.displayName,
        one.externalId,
        (one.members ?? []).map(({ value }) => userName(value)).toSorted(),
      ),
    ),
  ].toSorted();
}

const nameOf = (name: { readonly [part: string]: unknown } = {}): string =>
  `${String(name["givenName"])} ${String(name["familyName"])}`;
const line = (...parts: readonly unknown[]): string => JSON.stringify(parts);

test("day after day the same company ends the same at SCIMMY as at the emulated Identity Center", async () => {
  const emulator = await open({ pageSize: "vendor" });
  const scimmy = await startScimmy([...emulator.aws.tokens][0] ?? "");
  onTestFinished(scimmy.close);
  sampleCompany(emulator.google, emulator.aws);
  for (const list of [emulator.aws.users, emulator.aws.groups, emulator.aws.memberships]) list.length = 0;
  const there: Settings = { ...scim, SCIM_ENDPOINT: scimmy.endpoint };
  for (const [what, change] of days) {
    change(emulator.google);
    const here = await run(emulator, {}, { settings: scim });
    const other = await run(emulator, {}, { settings: there });
    expect(here.status, `${what}: ${here.message}`).toBe("succeeded");
    expect(other.summary?.applied, what).toEqual(here.summary?.applied);
    expect(here.outcomes, what).not.toEqual([]);
    expect(stored(scimmy), what).toEqual(emulated(emulator));
    expect(await plannedBy(emulator, { settings: there }), what).toEqual([]);
  }
  expect(scimmy.writes.filter((write) => !/ 20[014]$/.test(write))).toEqual([]);
  expect(new Set(scimmy.writes.map((write) => write.replace(/[^ ]*(Users|Groups)[^ ]*/, "$1")))).toEqual(
    new Set(["POST Users 201", "POST Groups 201", "PATCH Users 200", "PATCH Groups 200"]),
  );
});
