import { paginateListInstances, type SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { z } from "zod";
import { ExistingError, TargetError } from "./errors.ts";
import { refuseRepeats } from "./reading.ts";
import { text } from "./scim-shapes.ts";
import { aboutFault, commonTrouble, fault, faultWords } from "./sdk.ts";

/** An Identity Store, and its instance and the account that this belongs to where AWS was asked for it. */
export interface FoundStore {
  readonly id: string;
  readonly instance?: string;
  readonly account?: string;
}

/**
 * The Identity Store to read: `given`, or that of the one active instance in the client's Region
 * (right `sso:ListInstances`). None or several is an `ExistingError` that lists them.
 */
export async function findStore(
  client: SSOAdminClient,
  given: string | undefined,
  signal: AbortSignal,
): Promise<FoundStore> {
  if (given !== undefined) return { id: given };
  const region = await client.config.region();
  const instances = await listInstances(client, region, signal);
  const active = instances.filter(
    ({ Status, IdentityStoreId }) => Status === "ACTIVE" && IdentityStoreId !== "",
  );
  const [only] = active;
  if (only !== undefined && active.length === 1) {
    const { IdentityStoreId: id, InstanceArn: instance, OwnerAccountId: account } = only;
    return { id, ...(instance === "" ? {} : { instance }), ...(account === "" ? {} : { account }) };
  }
  const listed = instances.map(
    (one) =>
      `${one.IdentityStoreId} (${one.Name === "" ? one.InstanceArn : one.Name}, owner ${one.OwnerAccountId}, ${one.Status})`,
  );
  throw new ExistingError(
    active.length > 1
      ? {
          why: `There are ${active.length} active IAM Identity Center instances in ${region}: ${listed.join(", ")}`,
          todo: "set IDENTITY_STORE_ID to the one to sync",
        }
      : {
          why: `There is no active IAM Identity Center instance in ${region}${listed.length === 0 ? "" : `, only ${listed.join(", ")}`}`,
          todo: "check the Region and the account, or set IDENTITY_STORE_ID",
        },
  );
}

/** The ARN of the instance that has this Identity Store (right `sso:ListInstances` where it is not known yet). */
export async function findInstance(
  client: SSOAdminClient,
  { id, instance }: FoundStore,
  signal: AbortSignal,
): Promise<string> {
  if (instance !== undefined) return instance;
  const region = await client.config.region();
  const all = await listInstances(client, region, signal, "");
  const found = all.find(({ IdentityStoreId, InstanceArn }) => IdentityStoreId === id && InstanceArn !== "");
  if (found !== undefined) return found.InstanceArn;
  throw new ExistingError({
    why: `AWS lists no IAM Identity Center instance in ${region} that has the Identity Store ${id}`,
    todo: "check the Region, and that this runs in the management account or in that of a delegated administrator",
  });
}

const Instance = z.object({
  InstanceArn: text,
  IdentityStoreId: text,
  OwnerAccountId: text,
  Name: text,
  Status: text,
});
const InstancePage = z.object({ Instances: z.array(Instance).nullish() });

async function listInstances(
  client: SSOAdminClient,
  region: string,
  signal: AbortSignal,
  without = ", or set IDENTITY_STORE_ID",
) {
  const found: z.infer<typeof Instance>[] = [];
  const fresh = refuseRepeats("IAM Identity Center instances");
  try {
    for await (const page of paginateListInstances({ client }, {}, { abortSignal: signal })) {
      fresh(page.NextToken);
      found.push(...(InstancePage.parse(page).Instances ?? []));
    }
    return found;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TargetError) throw error;
    throw instancesTrouble(error, region, without);
  }
}

function instancesTrouble(error: unknown, region: string, without: string): TargetError {
  const it = fault(error);
  const about = aboutFault(error);
  if (it.name === "AccessDeniedException")
    return new ExistingError(
      {
        why: `AWS does not allow sso:ListInstances in ${region} (${faultWords(it)})`,
        todo: `add sso:ListInstances to the policy of the role or user that this runs as${without}`,
      },
      about,
    );
  const common = commonTrouble(error, "sso:ListInstances", `IAM Identity Center in ${region}`);
  return (
    common ??
    new ExistingError(
      {
        why: `The IAM Identity Center instances in ${region} could not be listed (${faultWords(it)})`,
        todo: `check the Region${without}`,
      },
      about,
    )
  );
}
