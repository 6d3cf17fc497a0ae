/** Memberships, in requests of many people: what one of them is refused for must not keep the others out, or in. */
import type { Change, Leaver, Named } from "../core/change.ts";
import type { TargetId } from "../core/model.ts";
import { TargetError } from "../aws/errors.ts";
import type { Created } from "../aws/scim.ts";
import { OutOfTime } from "../traffic/deadline.ts";
import { created, dependsOnUser, done, failure, isRefusal, skippedBecause } from "./outcome.ts";
import type { Ledger, Result, Target } from "./outcome.ts";

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
      skippedBecause({ kind: "members.add", group, users: [user] }, dependsOnUser(user, lost)),
    ),
  };
}

/** Makes a group with those members who are there by now. */
export async function makeGroup(change: Create, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const { present: members, missing } = presentMembers(change.members, ledger, change.group);
  const group = { externalId: change.group.externalId, name: change.group.label };
  const narrowed = { ...change, members: members.map(({ named }) => named) };
  const ids = members.map(({ id }) => id);
  try {
    const made = await target.createGroup(group, ids);
    const whole = !made.found || members.length === 0;
    return [
      ...(whole ? [created(narrowed, made)] : await filled(narrowed, made, target, ledger)),
      ...missing,
    ];
  } catch (error) {
    // One member may be in the way: the group comes first, and the members are tried by themselves.
    if (members.length === 0 || !isRefusal(error, 400, 403, 404)) throw error;
    const made = await target.createGroup(group, []);
    return [...(await filled(narrowed, made, target, ledger)), ...missing];
  }
}

/** The members of a group that was made, or found, without them. */
async function filled(
  change: Create,
  made: Created,
  target: Target,
  ledger: Ledger,
): Promise<readonly Result[]> {
  ledger.groups.set(change.group.externalId, made.id);
  const add: Add = { kind: "members.add", group: change.group, users: change.members };
  return [
    created({ ...change, members: [] }, made),
    ...(await orFailed(add, () => addMembers(add, target, ledger))),
  ];
}

export async function addMembers(change: Add, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const group = ledger.groups.get(change.group.externalId);
  if (group === undefined) return [skippedBecause(change, { code: "group-missing" })];
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

export async function removeMembers(change: Remove, target: Target): Promise<readonly Result[]> {
  const { id: group } = change.group;
  const part = (some: readonly Leaver[]): Change => ({ ...change, users: some });
  try {
    return await inParts(change.users, {
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
    if (!isRefusal(error, 400, 403, 404, 409)) throw error;
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
    if (error instanceof OutOfTime) return [skippedBecause(part, { code: "cut-off" })];
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
