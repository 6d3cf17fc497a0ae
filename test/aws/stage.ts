/** Real clients of the AWS edge, pointed at an emulator. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IdentitystoreClient } from "@aws-sdk/client-identitystore";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { onTestFinished } from "vitest";
import { identityStore } from "../../src/aws/identity-store.ts";
import { existingReading, type Reader } from "../../src/aws/reading.ts";
import { clientSettings, paced } from "../../src/aws/sdk.ts";
import { scim, type Scim } from "../../src/aws/scim.ts";
import type { ScimOptions } from "../../src/aws/scim-request.ts";
import { type Existing, sourceId, type User } from "../../src/core/model.ts";
import { network, type Network } from "../../src/traffic/network.ts";
import { pace, type Pace } from "../../src/traffic/pace.ts";
import { tallyTable, type TallyTable } from "../../src/aws/tally.ts";
import type { Tables } from "../dynalite/server.ts";
import type { Emulator } from "../emulator/emulator.ts";

export const tokenOf = (emulator: Emulator): string => [...emulator.aws.tokens][0] ?? "";

/** For listings that tell everything by themselves. */
export const NOT_ASKED = {
  user: () => Promise.reject(new Error("no user is to be asked about over SCIM")),
  group: () => Promise.reject(new Error("no group is to be asked about over SCIM")),
};

type ReadOptions = Parameters<typeof existingReading>[1];

/** AWS read completely, or an error. */
export const readExisting = (
  readers: readonly [Reader, ...Reader[]],
  options?: ReadOptions,
): Promise<Existing> => existingReading(readers, options).whole();

/** Users, groups and memberships of the Identity Store, whole. */
export const readIdentityStore = (
  client: IdentitystoreClient,
  id: string,
  options: ReadOptions = {},
  scim: Parameters<typeof identityStore>[2] = NOT_ASKED,
) => readExisting([identityStore(client, id, scim)], options);

/** A network that ends with the test. */
export function here(bounds: Parameters<typeof network>[1] = {}): Network {
  const opened = network(undefined, bounds);
  onTestFinished(opened.close);
  return opened;
}

/** A SCIM client that waits 5 ms where the real one waits half a second. */
export function scimAt(
  emulator: Emulator,
  changed: Partial<ScimOptions> = {},
): Scim & { readonly pace: Pace; readonly read: (options?: ReadOptions) => Promise<Existing> } {
  const settings = {
    endpoint: emulator.scimEndpoint,
    token: tokenOf(emulator),
    from: { endpoint: "the setting SCIM_ENDPOINT", token: "the secret SSOSyncSCIMAccessToken" },
    network: here(),
    pace: pace(500),
    firstWaitMs: 5,
    ...changed,
  };
  const client = scim(settings);
  return Object.assign(client, {
    pace: settings.pace,
    read: (options?: ReadOptions) => readExisting([client.reader], { signal: settings.signal, ...options }),
  });
}

const CREDENTIALS = { accessKeyId: "AKIAEMULATOREXAMPLE0", secretAccessKey: "emulated" };
const settingsFor = (endpoint: string) => ({
  ...clientSettings({ network: here(), region: "us-east-1" }),
  endpoint,
  credentials: CREDENTIALS,
});

export function storeAt(emulator: Emulator, changed: object = {}) {
  const at = pace(500);
  const client = paced(new IdentitystoreClient({ ...settingsFor(emulator.url), ...changed }), at);
  onTestFinished(() => client.destroy());
  return { client, pace: at, id: emulator.aws.identityStoreId };
}

export function adminAt(emulator: Emulator): SSOAdminClient {
  const client = new SSOAdminClient(settingsFor(emulator.url));
  onTestFinished(() => client.destroy());
  return client;
}

export function secretClientsAt(
  emulator: Emulator,
  regions: (string | undefined)[] = [],
  changed: object = {},
) {
  const of = (region: string | undefined) => {
    regions.push(region);
    return { ...settingsFor(emulator.url), ...(region === undefined ? {} : { region }), ...changed };
  };
  return {
    secretsManager: (region?: string) => new SecretsManagerClient(of(region)),
    ssm: (region?: string) => new SSMClient(of(region)),
  };
}

export const TALLY_KEY = "d-1234567890";

/** A writer of its own: with a client, and a life that `signal` ends. */
export function tallyAt(
  tables: Pick<Tables, "url" | "table">,
  {
    signal = new AbortController().signal,
    key = TALLY_KEY,
    ...changed
  }: { readonly signal?: AbortSignal; readonly maxAttempts?: number; readonly key?: string } = {},
): TallyTable & { readonly pace: Pace } {
  const at = pace(5_000);
  const client = paced(new DynamoDBClient({ ...settingsFor(tables.url), ...changed }), at);
  onTestFinished(() => client.destroy());
  return Object.assign(tallyTable({ client, table: tables.table, key, signal }), { pace: at });
}

export const ada: User = {
  externalId: sourceId("100000000000000000001"),
  userName: "ada@example.com",
  email: "ada@example.com",
  givenName: "Ada",
  familyName: "Lovelace",
  displayName: "Ada Lovelace",
  active: true,
};

/** What a promise is rejected with. */
export async function failure<E extends Error = Error>(work: Promise<unknown>): Promise<E> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error as E }),
  );
  if ("error" in outcome) return outcome.error;
  throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
}

/** Everything that an error shows, causes and fields included. */
export function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? "";
  return [error.message, error.stack, JSON.stringify(error), everythingIn(error.cause)].join("\n");
}
