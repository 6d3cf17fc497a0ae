import { GROUP_ATTRIBUTES, USER_ATTRIBUTES, difference } from "../core/attributes.ts";
import type { Attributes, Values } from "../core/attributes.ts";
import { hasFact } from "../core/change.ts";
import type { Change, Known, Leaver, Named } from "../core/change.ts";
import { groupClaim, userClaim } from "../core/mark.ts";
import type { SourceId, TargetId } from "../core/model.ts";
import type { Dependence, OutcomeReason } from "../core/reason.ts";
import { partyRef } from "../core/ref.ts";
import { TargetError } from "../aws/errors.ts";
import type { Scim } from "../aws/scim.ts";
import { OutOfTime } from "../traffic/deadline.ts";

/** What a request came to, before it is said which change of the plan it belongs to. */
type Result = {
  readonly change: Change;
  /** The id of what was made, and of the group that members were to be added to. */
  readonly targetId?: TargetId;
} & (
  | { readonly status: "applied"; readonly reason?: undefined; readonly error?: undefined }
  | {
      readonly status: "failed" | "skipped";
      readonly reason: OutcomeReason;
      readonly error?: TargetError;
    }
);

/** What became of a change, or of a part of one: a refused chunk of members is told person by person. */
export type Outcome = Result & {
  /** The change of the plan that this is the outcome of, or of a part of. */
  readonly of: Change;
};

/** Whether the end of time came before AWS answered: the next run sees whether it took effect. */
export const isCut = ({ reason }: Outcome): boolean => reason?.code === "cut-off";

export type Target = Pick<
  Scim,
  | "createUser"
  | "patchUser"
  | "deleteUser"
  | "createGroup"
  | "patchGroup"
  | "deleteGroup"
  | "addMembers"
  | "removeMembers"
  | "user"
  | "group"
  | "isMember"
  | "reader"
>;

/** What is known so far: who became which id, and what went wrong that others depend on. */
export interface Ledger {
  readonly users: Map<SourceId, TargetId>;
  readonly groups: Map<SourceId, TargetId>;
  /** Users and groups who were neither created nor restored, by source id. */
  readonly lost: Map<SourceId, Failing>;
  /** Objects whose own change went wrong: the name they hold is not free. */
  readonly stuck: Map<TargetId, Failing>;
  /** Users with a membership that could not be taken away: enabling them would give it back. */
  readonly kept: Map<TargetId, Failing>;
}

type Failing = Omit<Dependence, "what">;

/** Carries out one change, or says why it cannot be done; throws only what is no answer of AWS. */
export async function write(change: Change, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const obstacle = waitsInVain(change, ledger);
  if (obstacle !== undefined) return [skipped(change, obstacle)];
  try {
    return await sendChange(change, target, ledger);
  } catch (error) {
    if (error instanceof TargetError) return [failure(change, error)];
    // Cut off by the end of time: whether it took effect is for the next run to see.
    if (error instanceof OutOfTime) return [];
    throw error;
  }
}

function waitsInVain(change: Change, { stuck, lost, kept }: Ledger): OutcomeReason | undefined {
  for (const id of "needs" in change ? change.needs : []) {
    const failing = stuck.get(id);
    if (failing !== undefined) return dependsOn("name", failing);
  }
  if ("patch" in change && "active" in change.patch && change.patch.active === true) {
    const failing = kept.get(change.id);
    if (failing !== undefined) return dependsOn("removal", failing);
  }
  const failing = change.kind === "members.add" ? lost.get(change.group.externalId) : undefined;
  return failing && dependsOn("group", failing);
}

const dependsOn = (what: Dependence["what"], failing: Failing): OutcomeReason => ({
  code: "depends-on",
  what,
  ...failing,
});

const done = (change: Change, targetId?: TargetId): readonly Result[] => [
  { status: "applied", change, ...(targetId === undefined ? {} : { targetId }) },
];

const skipped = (change: Change, reason: OutcomeReason): Result => ({ status: "skipped", change, reason });

const failure = (change: Change, error: TargetError): Result => ({
  status: "failed",
  change,
  reason: { code: "refused", why: error.why, todo: error.todo },
  error,
});

async function sendChange(change: Change, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  switch (change.kind) {
    case "user.create":
      return done(change, await target.createUser(change.user));
    case "user.update":
    case "user.enable":
    case "user.restore":
    case "group.update":
    case "group.restore":
      return unlessSo(change, target);
    case "user.disable":
    case "group.retire":
      return takenAway(change, target);
    case "user.retire":
      return retireUser(change, target);
    case "group.create":
      return makeGroup(change, target, ledger);
    case "members.add":
      return addMembers(change, target, ledger);
    case "members.remove":
      return removeMembers(change, target);
    case "user.delete":
      return deleteUser(change, target);
    case "group.delete":
      return deleteGroup(change, target);
    default:
      return change satisfies never;
  }
}

type Patched = Extract<Change, { readonly patch: object }>;

/** The request that a patch is. */
const sendPatch = (change: Patched, target: Target): Promise<void> =>
  hasFact(change, "of", "user")
    ? target.patchUser(change.id, change.patch)
    : target.patchGroup(change.id, change.patch);

/** How the object of a patch is now. */
async function stateOf(change: Patched, target: Target): Promise<"gone" | "as wanted" | "otherwise"> {
  if (hasFact(change, "of", "user"))
    return compared(USER_ATTRIBUTES, change.patch, await target.user(change.id));
  return compared(GROUP_ATTRIBUTES, change.patch, await target.group(change.id));
}

function compared<T extends Attributes>(
  attributes: T,
  patch: Partial<Values<T>>,
  now: Values<T> | undefined,
) {
  if (now === undefined) return "gone";
  return Object.keys(difference(attributes, patch, now)).length === 0 ? "as wanted" : "otherwise";
}

const TRIES = 3;

/**
 * Somebody else may have deleted the object meanwhile, or be at work on it: then its access is gone too, if it really
 * is, and otherwise a conflict is not the last word.
 */
async function takenAway(change: Patched, target: Target): Promise<readonly Result[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      await sendPatch(change, target);
      return done(change);
    } catch (error) {
      if (!isRefusal(error, 404, 409)) throw error;
      if ((await stateOf(change, target)) !== "otherwise") return done(change);
      if (error.status === 404 || tries === TRIES) throw error;
    }
  }
}

/** What refuses the mark must not keep the access: disabling is then tried by itself. */
async function retireUser(
  change: Extract<Change, { readonly kind: "user.retire" }>,
  target: Target,
): Promise<readonly Result[]> {
  try {
    return await takenAway(change, target);
  } catch (error) {
    const { active, ...mark } = change.patch;
    if (!isRefusal(error, 400, 409) || active === undefined) throw error;
    const disabled = await takenAway({ ...change, kind: "user.disable", patch: { active } }, target);
    return [...disabled, failure({ ...change, patch: mark }, error)];
  }
}

/** Another run may have written the same: a conflict with oneself is none, if it really is as wanted. */
async function unlessSo(change: Patched, target: Target): Promise<readonly Result[]> {
  try {
    await sendPatch(change, target);
  } catch (error) {
    if (!isRefusal(error, 409) || (await stateOf(change, target)) !== "as wanted") throw error;
  }
  return done(change);
}

const isRefusal = (error: unknown, ...statuses: readonly number[]): error is TargetError =>
  error instanceof TargetError && error.status !== undefined && statuses.includes(error.status);

// ---------------------------------------------------------------- memberships

type Create = Extract<Change, { kind: "group.create" }>;
type Add = Extract<Change, { kind: "members.add" }>;
type Remove = Extract<Change, { kind: "members.remove" }>;

interface Present {
  readonly named: Named;
  readonly id: TargetId;
}

/** Who of them exists in the target by now, and an outcome for each who does not. */
function presentMembers(
  users: readonly Named[],
  { users: ids, lost }: Ledger,
  group: Named,
): { readonly present: readonly Present[]; readonly missing: readonly Result[] } {
  const missing = users.filter((user) => lost.has(user.externalId) || !ids.has(user.externalId));
  return {
    present: users.flatMap((named) => {
      const id = lost.has(named.externalId) ? undefined : ids.get(named.externalId);
      return id === undefined ? [] : [{ named, id }];
    }),
    missing: missing.map((user) =>
      skipped(
        { kind: "members.add", group, users: [user] },
        dependsOn(
          "user",
          lost.get(user.externalId) ?? { on: partyRef("user", user), because: { code: "not-created" } },
        ),
      ),
    ),
  };
}

async function makeGroup(change: Create, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const { present: members, missing } = presentMembers(change.members, ledger, change.group);
  const group = { externalId: change.group.externalId, name: change.group.label };
  const narrowed = { ...change, members: members.map(({ named }) => named) };
  try {
    const made = await target.createGroup(
      group,
      members.map(({ id }) => id),
    );
    return [...done(narrowed, made), ...missing];
  } catch (error) {
    // One member may be in the way: the group comes first, and the members are tried by themselves.
    if (members.length === 0 || !isRefusal(error, 400, 404)) throw error;
    const made = await target.createGroup(group, []);
    ledger.groups.set(group.externalId, made);
    const add: Add = { kind: "members.add", group: change.group, users: narrowed.members };
    return [
      ...done({ ...change, members: [] }, made),
      ...(await orFailed(add, () => addMembers(add, target, ledger))),
      ...missing,
    ];
  }
}

async function addMembers(change: Add, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const group = ledger.groups.get(change.group.externalId);
  if (group === undefined) return [skipped(change, { code: "group-missing" })];
  const { present: users, missing } = presentMembers(change.users, ledger, change.group);
  const part = (some: readonly Present[]): Change => ({ ...change, users: some.map(({ named }) => named) });
  const outcomes = await inParts(users, {
    request: (ids) => target.addMembers(group, ids),
    settled: (id) => target.isMember(group, id),
    groupExists: async () => (await target.group(group)) !== undefined,
    part,
  });
  return [...outcomes, ...missing].map((outcome) => ({ ...outcome, targetId: group }));
}

async function removeMembers(change: Remove, target: Target): Promise<readonly Result[]> {
  const { id: group } = change.group;
  const users = change.users.map((user): Leaver & { readonly named: Known } => ({ ...user, named: user }));
  const part = (some: readonly Leaver[]): Change => ({ ...change, users: some });
  try {
    return await inParts(users, {
      request: (ids) => target.removeMembers(group, ids),
      settled: async (id) => !(await target.isMember(group, id)),
      groupExists: async () => (await target.group(group)) !== undefined,
      part,
    });
  } catch (error) {
    if (error instanceof GroupGone) return done(change);
    throw error;
  }
}

class GroupGone extends TargetError {}

interface Parts<U> {
  readonly request: (ids: readonly TargetId[]) => Promise<void>;
  /** Whether it is as wanted already. */
  readonly settled: (id: TargetId) => Promise<boolean>;
  readonly groupExists: () => Promise<boolean>;
  readonly part: (users: readonly U[]) => Change;
}

/** A refused chunk is split until the culprit stands alone; "already so" counts as done when looked up. */
async function inParts<U extends { readonly id: TargetId }>(
  users: readonly U[],
  parts: Parts<U>,
  whole = true,
): Promise<readonly Result[]> {
  if (users.length === 0) return [];
  try {
    await parts.request(users.map((user) => user.id));
    return done(parts.part(users));
  } catch (error) {
    if (!isRefusal(error, 400, 404, 409)) throw error;
    if (whole && error.status === 404 && !(await parts.groupExists())) {
      throw new GroupGone(
        { why: "The group is no longer in IAM Identity Center", todo: "the next run makes it again" },
        {
          status: 404,
          cause: error,
        },
      );
    }
    const [only] = users;
    if (users.length > 1 || only === undefined) {
      const half = Math.ceil(users.length / 2);
      const outcomes: Result[] = [];
      for (const some of [users.slice(0, half), users.slice(half)])
        outcomes.push(...(await orFailed(parts.part(some), () => inParts(some, parts, false))));
      return merged(outcomes);
    }
    if (await parts.settled(only.id)) return done(parts.part(users));
    return [failure(parts.part(users), error)];
  }
}

/** What goes wrong with one part must not hide what became of the others. */
async function orFailed(part: Change, work: () => Promise<readonly Result[]>): Promise<readonly Result[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TargetError) return [failure(part, error)];
    if (error instanceof OutOfTime) return [skipped(part, { code: "cut-off" })];
    throw error;
  }
}

/** The parts that went well are one outcome again. */
function merged(outcomes: readonly Result[]): readonly Result[] {
  const applied = outcomes.filter((outcome) => outcome.status === "applied").map((outcome) => outcome.change);
  const [first] = applied;
  const others = outcomes.filter((outcome) => outcome.status !== "applied");
  if (first === undefined) return others;
  const users = applied.flatMap((change) => ("users" in change ? [...change.users] : []));
  return [{ status: "applied", change: { ...first, users } as Change }, ...others];
}

// ---------------------------------------------------------------- deletions

/** One read just before: still marked, and disabled. Whoever restores a user takes the mark away first. */
async function deleteUser(
  change: Extract<Change, { kind: "user.delete" }>,
  target: Target,
): Promise<readonly Result[]> {
  const user = await target.user(change.id);
  if (user === undefined) return done(change);
  if (userClaim(user.externalId).kind !== "marked" || user.active) {
    return [skipped(change, { code: "marked-no-more" })];
  }
  await target.deleteUser(change.id);
  return done(change);
}

async function deleteGroup(
  change: Extract<Change, { kind: "group.delete" }>,
  target: Target,
): Promise<readonly Result[]> {
  const group = await target.group(change.id);
  if (group === undefined) return done(change);
  if (groupClaim(group.externalId).kind !== "marked") {
    return [skipped(change, { code: "marked-no-more" })];
  }
  if (await hasMembers(change.id, target)) {
    return [skipped(change, { code: "has-members" })];
  }
  await target.deleteGroup(change.id);
  return done(change);
}

async function hasMembers(group: TargetId, { reader }: Target): Promise<boolean> {
  for await (const page of reader.members(group, new AbortController().signal))
    if (page.length > 0) return true;
  return false;
}
