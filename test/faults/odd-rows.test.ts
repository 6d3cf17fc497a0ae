/** One row of one of Google's listings is odd in one way: nobody but who left loses access, and the rest is synced. */
import { expect, test } from "vitest";
import type { Emulator } from "../emulator/emulator.ts";
import { at } from "../emulator/fill.ts";
import { open, run } from "./stage.ts";
import { person, settledTeam } from "./team.ts";

type Row = Readonly<Record<string, unknown>>;

const LISTINGS = {
  "users.list": ["id", "primaryEmail", "name", "suspended", "archived", "aliases"],
  "groups.list": ["id", "email", "name", "aliases"],
  "members.list": ["id", "email", "type"],
} as const;
type Listing = keyof typeof LISTINGS;

/** What may stand in a field's place; a text in a name's place would be a name. */
const WRONG: readonly unknown[] = [undefined, null, 42, {}, []];

interface Odd {
  readonly what: string;
  readonly listing: Listing;
  /** The rows that come in the row's place. */
  readonly rows: (row: Row) => readonly Row[];
}

const everyWay: readonly Odd[] = (Object.keys(LISTINGS) as Listing[]).flatMap((listing) =>
  LISTINGS[listing].flatMap((field) => [
    ...WRONG.map((value) => ({
      what: `${listing}: ${field} is ${value === undefined ? "absent" : JSON.stringify(value)}`,
      listing,
      rows: (row: Row) => [{ ...row, [field]: value }],
    })),
    {
      what: `${listing}: twice, with another ${field}`,
      listing,
      rows: (row: Row) => [row, { ...row, [field]: field === "suspended" ? true : "odd" }],
    },
  ]),
);

/** Park and Miller's generator: the same seed, the same rows. */
function random(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

const SEED = Number(process.env["ODD_ROWS_SEED"] ?? Date.now() % 1_000_000);
const SAMPLE = 20;

function sampled(): readonly Odd[] {
  const pick = random(SEED);
  const left = [...everyWay];
  return Array.from({ length: SAMPLE }, () => left.splice(pick(left.length), 1)).flat();
}

const access = ({ aws }: Emulator): ReadonlySet<string> =>
  new Set(
    aws.memberships.flatMap(({ userId, groupId }) =>
      aws.user(userId).active ? [`${aws.user(userId).userName} in ${aws.group(groupId).displayName}`] : [],
    ),
  );

test.each(sampled())(`$what (ODD_ROWS_SEED=${SEED})`, async ({ listing, rows }) => {
  const emulator = await open();
  settledTeam(emulator);
  const { google, aws } = emulator;
  const before = access(emulator);
  google.deleteUser(at(person(1)));
  google.addGroup({ email: at("aws-new"), name: "aws-new" });
  google.addUser({ email: at("newcomer"), givenName: "New", familyName: "Comer" });
  google.addMember(at("aws-new"), at("newcomer"));
  const pick = random(SEED);
  emulator.fault({
    when: ({ operation, query, path }) =>
      operation === listing && !("showDeleted" in query) && !path.includes(google.group(at("aws-new")).id),
    do: (_, answer) => {
      const body = structuredClone(answer.body) as Record<string, Row[]>;
      const key = listing.split(".")[0] ?? "";
      const all = body[key] ?? [];
      const others = all.filter(
        (row) => !/newcomer|aws-new|^admin/u.test(String(row["primaryEmail"] ?? row["email"])),
      );
      const chosen = others[pick(others.length)];
      return {
        ...answer,
        body: { ...body, [key]: all.flatMap((row) => (row === chosen ? rows(row) : [row])) },
      };
    },
  });
  const ended = await run(emulator);
  expect(["succeeded", "attention"], ended.message).toContain(ended.status);
  const lost = [...before.difference(access(emulator))];
  expect(lost.filter((one) => !one.startsWith(`${at(person(1))} `))).toEqual([]);
  expect(aws.user(at(person(1))).active).toBe(false);
  expect(aws.membersOf("aws-new")).toEqual([at("newcomer")]);
});
