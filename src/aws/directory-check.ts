import { setTimeout as sleep } from "node:timers/promises";
import type { IdentitystoreClient } from "@aws-sdk/client-identitystore";
import type { Existing, TargetId } from "../core/model.ts";
import { ExistingError } from "./errors.ts";
import { describeGroup, describeUser } from "./identity-store.ts";
import type { Scim } from "./scim.ts";

/** `same`: seen. `empty`: nothing is there to compare, so the first object made has to be looked for. */
export type DirectoryCheck =
  { readonly state: "same" } | { readonly state: "empty"; readonly check: (made: Made) => Promise<void> };

export interface Made {
  readonly kind: "user" | "group";
  readonly id: TargetId;
}

export interface Both {
  readonly target: Scim;
  readonly store: IdentitystoreClient;
  readonly storeId: string;
  readonly signal: AbortSignal;
  /** The wait before the second look at an object just made; 500 unless told. */
  readonly firstWaitMs?: number | undefined;
}

/**
 * Whether the SCIM endpoint writes to the directory that was read, told by one object that both must know. Throws an
 * `ExistingError` when they are two. What is read from one directory says nothing about another.
 */
export async function sameDirectory(existing: Existing, both: Both): Promise<DirectoryCheck> {
  const { target } = both;
  const [user] = existing.users;
  const [group] = existing.groups;
  if (user !== undefined) {
    if ((await target.user(user.id)) === undefined)
      throw different(both.storeId, `the user ${user.userName}`);
    return { state: "same" };
  }
  if (group !== undefined) {
    if ((await target.group(group.id)) === undefined)
      throw different(both.storeId, `the group ${group.name}`);
    return { state: "same" };
  }
  const other = (await target.anyUser()) ?? (await target.anyGroup());
  if (other !== undefined) throw different(both.storeId, "nobody at all");
  return { state: "empty", check: (made) => checkMade(made, both) };
}

function different(storeId: string, knows: string): ExistingError {
  return new ExistingError(
    `The SCIM endpoint belongs to another directory than the Identity Store ${storeId}, which has ${knows}: nothing was written. Take endpoint and token from the instance whose Identity Store this is, or set IDENTITY_STORE_ID.`,
  );
}

/** A new object may take a moment to be seen on the other side: what is waited before each look, in first waits. */
const LOOKS = [0, 1, 2, 4, 8];

async function checkMade(
  { kind, id }: Made,
  { store, storeId, signal, firstWaitMs = 500 }: Both,
): Promise<void> {
  for (const waits of LOOKS) {
    await sleep(waits * firstWaitMs, undefined, { signal });
    const seen = kind === "user" ? describeUser : describeGroup;
    if (await seen(store, storeId, id, signal)) return;
  }
  throw new ExistingError(
    `The first ${kind} made over SCIM (${id}) does not appear in the Identity Store ${storeId}: the two are different directories, and nothing else was written. Take endpoint and token from the instance whose Identity Store this is, or set IDENTITY_STORE_ID; then delete that ${kind} by hand.`,
  );
}
