/** What people are called, and the details: what of it AWS refuses must cost nothing else. */
import { USER_ATTRIBUTES, USER_COSMETICS, USER_DETAILS, difference, isNone } from "../core/attributes.ts";
import type { UserDetail } from "../core/attributes.ts";
import type { Change, UserPatch } from "../core/change.ts";
import { withPlainNames, withoutDetails } from "../core/person.ts";
import type { User } from "../core/model.ts";
import { partyRef } from "../core/ref.ts";
import { TargetError } from "../aws/errors.ts";
import type { Created } from "../aws/scim.ts";
import { created, dependsOn, done, failure, isRefusal, isRefused, skippedBecause } from "./outcome.ts";
import type { Ledger, Result, Target } from "./outcome.ts";

type Creation = Extract<Change, { readonly kind: "user.create" }>;
type Description = Extract<Change, { readonly kind: "user.update" }>;
/** Sends a patch, or finds that all is as it says. */
type Send = (part: Description) => Promise<readonly Result[]>;

/**
 * Neither names nor details that AWS does not take keep anybody out: then the address makes the names, which are a
 * refusal of their own, and the details are tried afterwards.
 */
export async function makeUser(
  change: Creation,
  target: Target,
  ledger: Ledger,
  send: Send,
): Promise<readonly Result[]> {
  const { user } = change;
  const bare = withoutDetails(user);
  const plain = withPlainNames(bare);
  try {
    return [created(change, await target.createUser(user))];
  } catch (error) {
    const mayBeDetails = isRefused(error) && !isSameUser(bare, user);
    if (!mayBeDetails && (!isRefusal(error, 400) || isSameUser(plain, user))) throw error;
    const { made, as, refusal } = await firstTaken([bare, plain], error, target);
    const before = { ...as, id: made.id, createdAt: "" };
    const { givenName, familyName, displayName } = user;
    const common = { kind: "user.update", id: made.id, before, cause: "differs", needs: [] } as const;
    const names =
      as === plain ? [failure({ ...common, patch: { givenName, familyName, displayName } }, refusal)] : [];
    const {
      givenName: _,
      familyName: __,
      displayName: ___,
      ...details
    } = difference(USER_ATTRIBUTES, user, as);
    const rest =
      Object.keys(details).length === 0
        ? []
        : await sendDescription({ ...common, patch: details }, ledger, send);
    return [created(change, made), ...names, ...rest];
  }
}

async function firstTaken(
  [bare, plain]: readonly [User, User],
  refusal: TargetError,
  target: Target,
): Promise<{ readonly made: Created; readonly as: User; readonly refusal: TargetError }> {
  try {
    return { made: await target.createUser(bare), as: bare, refusal };
  } catch (error) {
    if (!isRefusal(error, 400) || isSameUser(plain, bare)) throw error;
    return { made: await target.createUser(plain), as: plain, refusal: error };
  }
}

const isSameUser = (one: User, other: User): boolean => JSON.stringify(one) === JSON.stringify(other);

const isDetail = (name: string): name is UserDetail => (USER_DETAILS as readonly string[]).includes(name);

/** Whether it decides nothing about access. */
export const isDescription = ({ patch }: Description): boolean =>
  Object.keys(patch).every((name) => isDetail(name) || (USER_COSMETICS as readonly string[]).includes(name));

/** What AWS refuses is halved until what it refuses stands alone; the names stay together. */
export async function sendDescription(
  change: Description,
  ledger: Ledger,
  send: Send,
): Promise<readonly Result[]> {
  const known = unitsOf(change.patch).filter((unit) => ledger.refused.has(refusalKey(unit)));
  const left = unitsOf(change.patch).filter(
    (unit) => !known.includes(unit) && !ledger.refused.has(refusalKey(unit)),
  );
  const skipped = known.map((patch) => skippedBecause({ ...change, patch }, { code: "refused-before" }));
  return [...(left.length === 0 ? [] : await inHalves(change, left, ledger, send)), ...skipped];
}

async function inHalves(
  change: Description,
  units: readonly UserPatch[],
  ledger: Ledger,
  send: Send,
): Promise<readonly Result[]> {
  const part = { ...change, patch: Object.assign({}, ...units) as UserPatch };
  try {
    return await send(part);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    if (units.length === 1 || !isRefusal(error, 400)) return [refusedUnit(part, error, ledger)];
    const half = units.length >> 1;
    return [
      ...(await inHalves(change, units.slice(0, half), ledger, send)),
      ...(await inHalves(change, units.slice(half), ledger, send)),
    ];
  }
}

/** The names in one, and each detail by itself. */
function unitsOf(patch: UserPatch): readonly UserPatch[] {
  const names = Object.entries(patch).filter(([name]) => !isDetail(name));
  const details = Object.entries(patch).filter(([name]) => isDetail(name));
  return [...(names.length === 0 ? [] : [names]), ...details.map((detail) => [detail])].map(
    (entries) => Object.fromEntries(entries) as UserPatch,
  );
}

const refusalKey = (unit: UserPatch): string => JSON.stringify(unit);

function refusedUnit(part: Description, error: TargetError, ledger: Ledger): Result {
  const [[name, value] = ["", ""], ...more] = Object.entries(part.patch);
  const told = failure(part, error);
  if (more.length > 0 || !isDetail(name) || !isRefusal(error, 400)) return told;
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
  if (id === undefined || of === undefined) {
    const missing = id === undefined ? user : manager;
    const failing = lost.get(missing.externalId) ?? {
      ...{ on: partyRef("user", missing), because: { code: "not-created" } as const },
    };
    return [skippedBecause(change, dependsOn("user", failing))];
  }
  await target.patchUser(id, { manager: of });
  return done(change);
}
