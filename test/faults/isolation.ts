/** One write refused, as if AWS did not like that one object: what it may cost, worked out by hand. */
import { expect } from "vitest";
import type { RecordedRequest } from "../emulator/wire.ts";
import { nextRuns, expectTheEnd, theRun, undisturbed, withStage, type Stage } from "./cut.ts";
import { theEnd, told } from "./story.ts";

interface Body {
  readonly externalId?: string;
  readonly Operations?: readonly { readonly op: string; readonly path: string; readonly value: unknown }[];
}

/** Somebody whose name another one takes: who waits for whom. */
const dependants: Readonly<Record<string, readonly string[]>> = {
  ida: ["jan"],
  jan: ["ida"],
  one: ["two"],
  two: ["one"],
  oldrex: ["rex"],
};

const bodyOf = ({ body }: RecordedRequest): Body => (body ?? {}) as Body;

const membersIn = (request: RecordedRequest): readonly string[] =>
  (bodyOf(request).Operations ?? []).flatMap(({ path, value }) =>
    path === "members" ? (value as readonly { readonly value: string }[]).map((one) => one.value) : [],
  );

/**
 * Disabled without the mark that AWS refused, and from then on the same as somebody disabled by hand, whom nobody enables
 * unasked: whom Google suspended gets the mark that says so, and who is out of scope gets none.
 */
const UNMARKED: Readonly<Record<string, { readonly marked: string; readonly unmarked: string }>> = {
  dora: { marked: "dora: dora suspended off", unmarked: "dora: dora suspended by hand off" },
  lou: { marked: "lou: lou marked off", unmarked: "lou: lou managed off" },
};

/** The request again, or a part of it that still has its culprit: the middle one of its members. */
function isAgain(first: RecordedRequest): (request: RecordedRequest) => boolean {
  const members = membersIn(first);
  const culprit = members[Math.floor(members.length / 2)];
  const op = bodyOf(first).Operations?.[0]?.op;
  return (request) => {
    if (request.method !== first.method || request.path !== first.path) return false;
    if (culprit !== undefined) {
      if (bodyOf(request).Operations?.[0]?.op !== op) return false;
      return members.length === 1 || membersIn(request).includes(culprit);
    }
    if (first.method === "POST") return bodyOf(request).externalId === bodyOf(first).externalId;
    return JSON.stringify(request.body) === JSON.stringify(first.body);
  };
}

/** The story names of what a refusal of this request may leave as it was. */
function costs(first: RecordedRequest, { emulator, story }: Stage): ReadonlySet<string> {
  const members = membersIn(first);
  const culprit = members[Math.floor(members.length / 2)];
  const id = culprit ?? first.path.split("/").at(-1) ?? "";
  const made = emulator.aws.findUser(id)?.externalId ?? bodyOf(first).externalId ?? "";
  const name = story.names.get(id) ?? story.fresh.get(made) ?? id;
  return new Set([name, ...(dependants[name] ?? [])]);
}

/** Without the objects that may differ, and without their names among the members of others. */
const without = (lines: readonly string[], names: ReadonlySet<string>): readonly string[] =>
  lines
    .filter((line) => !names.has(line.split(":")[0] ?? ""))
    .map((line) => {
      const [head, text, members = ""] = line.split(": ");
      const rest = members.split(" ").filter((one) => !names.has(one));
      return `${head}: ${text}: ${rest.join(" ")}`;
    });

/** Refuses the write with this index in the undisturbed run, however often it comes; says what went wrong. */
export async function refusedAt(index: number, status: number): Promise<string | undefined> {
  const { approve, requests } = await undisturbed();
  const first = requests[index];
  if (first === undefined) throw new Error(`there is no request ${index}`);
  try {
    await withStage(approve, (stage) => refused(first, status, stage));
    return undefined;
  } catch (error) {
    const what = `${first.operation} ${first.path} ${JSON.stringify(first.body ?? "").slice(0, 200)}`;
    return `${status} to ${what}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function refused(first: RecordedRequest, status: number, stage: Stage): Promise<void> {
  const { emulator, story } = stage;
  const fault = emulator.fault({ when: isAgain(first), times: Infinity, do: { status } });
  const ended = await theRun(stage);
  expect(fault.hits).toBeGreaterThan(0);
  const spared = costs(first, stage);
  expect(without(told(emulator, story), spared)).toEqual(without(theEnd, spared));
  // "Already gone" counts as done; the next run sees that it is not.
  const claimsDone = first.method === "DELETE" && status === 404;
  const failed = ended.outcomes.filter((outcome) => outcome.status === "failed");
  expect(failed).toHaveLength(claimsDone ? 0 : 1);
  expect(ended.status).toMatch(claimsDone ? /^succeeded$/ : /^(attention|failed)$/);
  fault.remove();
  await nextRuns(stage);
  const isMarking = (bodyOf(first).Operations ?? []).some(({ path }) => path === "externalId");
  const unmarked = isMarking && status !== 404 ? [...spared].flatMap((name) => UNMARKED[name] ?? []) : [];
  expectTheEnd(
    stage,
    theEnd.map((line) => unmarked.find(({ marked }) => marked === line)?.unmarked ?? line),
  );
}

/** Indices of the writes of the undisturbed run. */
export async function writes(): Promise<readonly number[]> {
  const { requests } = await undisturbed();
  return requests.flatMap(({ service, method }, at) => (service === "scim" && method !== "GET" ? [at] : []));
}
