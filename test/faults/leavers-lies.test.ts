/** What Google's two listings of users can get wrong in a leavers' run: nobody who works here is out, nobody who left stays in. */
import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { Answer, RecordedRequest } from "../emulator/wire.ts";
import { open, run } from "./stage.ts";
import { person, settledTeam } from "./team.ts";

const LEAVERS = { action: "leavers" };
const SUSPENDED = person(3);
const DELETED = person(6);
/** Suspended, archived or deleted once, and back since. */
const BACK = person(9);

interface Row {
  readonly id: string;
  readonly primaryEmail: string;
}
type Rows = readonly Row[];

/** What becomes of the rows of a listing. */
interface Lie {
  readonly what: string;
  readonly users?: (rows: Rows, emulator: Emulator) => Rows;
  readonly deleted?: (rows: Rows, emulator: Emulator) => Rows;
  /** Who is out all the same. */
  readonly out: readonly string[];
}

const without = (name: string) => (rows: Rows) =>
  rows.filter(({ primaryEmail }) => primaryEmail !== at(name));
const but = (name: string, change: object) => (rows: Rows) =>
  rows.map((row) => (row.primaryEmail === at(name) ? { ...row, ...change } : row));
const bareRow = (emulator: Emulator, name: string): Row => ({
  id: emulator.google.user(at(name)).id,
  primaryEmail: at(name),
});

const BOTH = [SUSPENDED, DELETED];
const LIES: readonly Lie[] = [
  { what: "the users are empty", users: () => [], out: [] },
  { what: "the users are cut short", users: (rows) => rows.slice(0, 2), out: BOTH },
  { what: "the users come twice", users: (rows) => [...rows, ...rows], out: BOTH },
  { what: "somebody who works here is missing", users: without(BACK), out: BOTH },
  { what: "who is suspended is missing", users: without(SUSPENDED), out: BOTH },
  { what: "who works here comes as suspended", users: but(BACK, { suspended: true }), out: BOTH },
  { what: "who works here comes as archived", users: but(BACK, { archived: true }), out: BOTH },
  {
    what: "who is suspended comes as they were",
    users: but(SUSPENDED, { suspended: false }),
    out: [DELETED],
  },
  {
    what: "who works here comes twice, once as suspended",
    users: (rows) => [...rows, ...but(BACK, { suspended: true })(rows)],
    out: BOTH,
  },
  { what: "the deleted are empty", deleted: () => [], out: BOTH },
  { what: "the deleted come twice", deleted: (rows) => [...rows, ...rows], out: BOTH },
  {
    what: "who works here is among the deleted",
    deleted: (rows, emulator) => [...rows, bareRow(emulator, BACK)],
    out: BOTH,
  },
  {
    what: "everybody is among the deleted",
    deleted: (_, emulator) => emulator.google.users.map(({ id, primaryEmail }) => ({ id, primaryEmail })),
    // Then nobody would be left, and nothing is believed.
    out: [],
  },
  { what: "both are empty", users: () => [], deleted: () => [], out: [] },
  {
    what: "both are of yesterday",
    users: (rows, { google }) => [
      ...but(SUSPENDED, { suspended: false })(rows),
      ...google.deletedUsers.map(({ id, primaryEmail }) => ({ ...rows[0], id, primaryEmail })),
    ],
    deleted: () => [],
    out: [],
  },
];

const enabledIn = ({ aws }: Emulator) => aws.users.flatMap((one) => (one.active ? [one.userName] : []));

/** Settled, then two leave. */
async function stage(): Promise<Emulator> {
  const emulator = await open();
  settledTeam(emulator, 12);
  emulator.google.suspend(at(SUSPENDED));
  emulator.google.deleteUser(at(DELETED));
  return emulator;
}

function tell(emulator: Emulator, { users, deleted }: Lie) {
  const alter = (request: RecordedRequest, answer: Answer): Answer => {
    const body = answer.body as { users?: Rows };
    const lie = request.query["showDeleted"] === "true" ? deleted : users;
    if (request.operation !== "users.list" || lie === undefined) return answer;
    return { ...answer, body: { ...body, users: lie(body.users ?? [], emulator) } };
  };
  return emulator.fault({ when: { operation: "users.list" }, times: Infinity, do: alter });
}

describe.each(LIES)("where $what", (lie) => {
  test("only leavers are out, and the next look that is told the truth finds the others", async () => {
    const emulator = await stage();
    const fault = tell(emulator, lie);
    await run(emulator, LEAVERS);
    const left = (names: readonly string[]) =>
      emulator.aws.users.map(({ userName }) => userName).filter((name) => !names.map(at).includes(name));
    expect(enabledIn(emulator)).toEqual(left(lie.out));
    fault.remove();
    expect((await run(emulator, LEAVERS)).status).toBe("succeeded");
    expect(enabledIn(emulator)).toEqual(left(BOTH));
  });
});
