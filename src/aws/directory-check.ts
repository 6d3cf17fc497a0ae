import type { IdentitystoreClient } from "@aws-sdk/client-identitystore";
import type { Principal } from "../core/carries.ts";
import type { Existing, TargetId } from "../core/model.ts";
import { ExistingError, isAboutOne, type TargetError } from "./errors.ts";
import { isInStore } from "./identity-store.ts";
import type { Scim } from "./scim.ts";
import { soon } from "../traffic/soon.ts";

/** `same`: seen. `empty`: nothing is there to compare, so the first object made has to be looked for. */
export type DirectoryCheck =
  | { readonly state: "same" }
  | { readonly state: "empty"; readonly check: (made: Principal) => Promise<void> };

interface Both {
  readonly target: Scim;
  readonly store: IdentitystoreClient;
  readonly storeId: string;
  readonly signal: AbortSignal;
  /** The wait before the second look at an object just made; 500 by default. */
  readonly firstWaitMs?: number | undefined;
}

/** Asked about at most, of each kind: any of them may be deleted between the reading and the question. */
const TRIED = 5;

/**
 * Whether the SCIM endpoint writes to the directory that was read, shown by one object that both must know. Throws an
 * `ExistingError` when they are two, and the signal's reason. What is read from one directory says nothing about
 * another.
 */
export async function sameDirectory(existing: Existing, both: Both): Promise<DirectoryCheck> {
  const { target, storeId } = both;
  const isShown = ({ id }: { readonly id: TargetId }): boolean => !existing.unread.has(id);
  const users = existing.users.filter(isShown).slice(0, TRIED);
  const groups = existing.groups.filter(isShown).slice(0, TRIED);
  const some = [
    ...users.map(({ id, userName }) => ({ kind: "user", id, label: userName }) as const),
    ...groups.map(({ id, name }) => ({ kind: "group", id, label: name }) as const),
  ];
  if (some.length > 0) {
    // What was made a moment ago may take as long to be seen here as there.
    const known = await soon(() => anyKnown(target, some), both);
    if (known === undefined)
      throw different(
        storeId,
        some.map(({ kind, label }) => `the ${kind} ${label}`),
      );
    return { state: "same" };
  }
  const other = await anything(target);
  if (other === undefined) return { state: "empty", check: (made) => checkMade(made, both) };
  // Somebody may have made it since the reading.
  if (await appears(other, both)) return { state: "same" };
  throw different(storeId, ["no users and no groups"]);
}

/** `true` as soon as the endpoint knows one of them. Who is refused by themselves (403) tells nothing. */
async function anyKnown(target: Scim, some: readonly Principal[]): Promise<true | undefined> {
  let refusal: TargetError | undefined;
  for (const { kind, id } of some) {
    try {
      if ((await (kind === "user" ? target.user(id) : target.group(id))) !== undefined) return true;
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      refusal = error;
    }
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

async function anything(target: Scim): Promise<Principal | undefined> {
  const user = await target.anyUser();
  if (user !== undefined) return { kind: "user", id: user.id };
  const group = await target.anyGroup();
  return group === undefined ? undefined : { kind: "group", id: group.id };
}

const SAME_INSTANCE =
  "use the endpoint and the token of the instance that this Identity Store belongs to, or set IDENTITY_STORE_ID";

function different(storeId: string, [first, ...more]: readonly string[]): ExistingError {
  const others = more.length === 0 ? "" : ` and ${more.length} more that the endpoint does not know`;
  return new ExistingError({
    why: `The SCIM endpoint belongs to a different directory than the Identity Store ${storeId}, which has ${first}${others}, so nothing was written`,
    todo: SAME_INSTANCE,
  });
}

/** Whether the Identity Store knows it, now or soon. */
async function appears(made: Principal, both: Both): Promise<boolean> {
  const { store, storeId, signal } = both;
  const look = async () => (await isInStore(store, storeId, made, signal)) || undefined;
  return (await soon(look, both)) !== undefined;
}

async function checkMade(made: Principal, both: Both): Promise<void> {
  if (await appears(made, both)) return;
  const { kind, id } = made;
  throw new ExistingError({
    why: `The first ${kind} made over SCIM (${id}) does not appear in the Identity Store ${both.storeId}: they are different directories, and nothing else was written`,
    todo: `${SAME_INSTANCE}; then delete that ${kind} by hand`,
  });
}
