/** Somebody new, and what differs of somebody: what of it AWS refuses must cost nothing else. */
import { USER_ATTRIBUTES, USER_DETAILS, difference, isNone } from "../core/attributes.ts";
import type { UserDetail } from "../core/attributes.ts";
import type { Change, UserPatch } from "../core/change.ts";
import { withPlainNames, withoutDetails } from "../core/person.ts";
import type { User } from "../core/model.ts";
import { TargetError } from "../aws/errors.ts";
import type { Created } from "../aws/scim.ts";
import { created, dependsOnUser, done, failure, isRefusal, isRefused, skippedBecause } from "./outcome.ts";
import type { Ledger, Result, Target } from "./outcome.ts";
import { unlessSo } from "./write-patch.ts";

type Creation = Extract<Change, { readonly kind: "user.create" }>;
type Update = Extract<Change, { readonly kind: "user.update" }>;

/**
 * Neither names nor details that AWS does not take keep anybody out: then the address makes the names, which are a
 * refusal of their own, and the details are tried afterwards.
 */
export async function makeUser(change: Creation, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const { user } = change;
  const { made, as, refusal } = await firstTaken(user, target);
  if (as === user) return [created(change, made)];
  const before = { ...as, id: made.id, createdAt: "" };
  const common = { kind: "user.update", id: made.id, before, cause: "differs", needs: [] } as const;
  const { givenName, familyName, displayName } = user;
  const names =
    refusal === undefined
      ? []
      : [failure({ ...common, patch: { givenName, familyName, displayName } }, refusal)];
  const patch = difference(USER_ATTRIBUTES, user, withoutDetails(user));
  const details = await sendUpdate({ ...common, patch }, target, ledger);
  return [created(change, made), ...names, ...details];
}

interface Taken {
  readonly made: Created;
  readonly as: User;
  /** Of the names, where they are made of the address. */
  readonly refusal?: TargetError;
}

/** Made as they are, or without the details, or with plain names: as soon as AWS takes them. */
async function firstTaken(user: User, target: Target): Promise<Taken> {
  try {
    return { made: await target.createUser(user), as: user };
  } catch (error) {
    const [bare, plain] = [withoutDetails(user), withPlainNames(user)];
    if (isRefused(error) && !isSameUser(bare, user)) return firstTaken(bare, target);
    if (!isRefusal(error, 400) || isSameUser(plain, user)) throw error;
    return { made: await target.createUser(plain), as: plain, refusal: error };
  }
}

const isSameUser = (one: User, other: User): boolean => JSON.stringify(one) === JSON.stringify(other);

const isDetail = (name: string): name is UserDetail => (USER_DETAILS as readonly string[]).includes(name);

/** What AWS refuses is halved until what it refuses stands alone; all but the details stays together. */
export async function sendUpdate(change: Update, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const units = unitsOf(change.patch);
  const isKnown = (unit: UserPatch): boolean => ledger.refused.has(refusalKey(unit));
  const left = units.filter((unit) => !isKnown(unit));
  const skipped = units
    .filter(isKnown)
    .map((patch) => skippedBecause({ ...change, patch }, { code: "refused-before" }));
  return [...(left.length === 0 ? [] : await inHalves(change, left, target, ledger)), ...skipped];
}

async function inHalves(
  change: Update,
  units: readonly UserPatch[],
  target: Target,
  ledger: Ledger,
): Promise<readonly Result[]> {
  const part = { ...change, patch: Object.assign({}, ...units) as UserPatch };
  try {
    return await unlessSo(part, target);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    if (units.length === 1 || !isRefusal(error, 400)) return [refusedUnit(part, error, ledger)];
    const half = units.length >> 1;
    return [
      ...(await inHalves(change, units.slice(0, half), target, ledger)),
      ...(await inHalves(change, units.slice(half), target, ledger)),
    ];
  }
}

/** Each detail by itself, and the rest in one. */
function unitsOf(patch: UserPatch): readonly UserPatch[] {
  const rest = Object.entries(patch).filter(([name]) => !isDetail(name));
  const details = Object.entries(patch).filter(([name]) => isDetail(name));
  return [...(rest.length === 0 ? [] : [rest]), ...details.map((detail) => [detail])].map(
    (entries) => Object.fromEntries(entries) as UserPatch,
  );
}

const refusalKey = (unit: UserPatch): string => JSON.stringify(unit);

function refusedUnit(part: Update, error: TargetError, ledger: Ledger): Result {
  const [[name, value] = ["", ""]] = Object.entries(part.patch);
  if (!isDetail(name) || !isRefusal(error, 400)) return failure(part, error);
  ledger.refused.add(refusalKey(part.patch));
  const { why, todo } = error;
  const what = isNone(value) ? "removal" : "value";
  return {
    status: "failed",
    change: part,
    error,
    reason: { code: "detail-refused", detail: name, what, why, todo },
  };
}

/** Both are there by now, or the one who is not is told. */
export async function setManager(
  change: Extract<Change, { readonly kind: "user.manager" }>,
  target: Target,
  { users, lost }: Ledger,
): Promise<readonly Result[]> {
  const { user, manager } = change;
  const [id, of] = [users.get(user.externalId), users.get(manager.externalId)];
  if (id === undefined) return [skippedBecause(change, dependsOnUser(user, lost))];
  if (of === undefined) return [skippedBecause(change, dependsOnUser(manager, lost))];
  await target.patchUser(id, { manager: of });
  return done(change);
}
