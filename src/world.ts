import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IdentitystoreClient } from "@aws-sdk/client-identitystore";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { askingCarries, unreadOverScim } from "./aws/access.ts";
import { namesOfAccounts, organizations } from "./aws/accounts.ts";
import { sendMessage } from "./aws/bus.ts";
import { sameDirectory } from "./aws/directory-check.ts";
import { TargetError } from "./aws/errors.ts";
import { versionBehind } from "./aws/function.ts";
import type { Version } from "./aws/function.ts";
import type { DirectoryCheck } from "./aws/directory-check.ts";
import type { Instance } from "./aws/assignments.ts";
import { accountAccess } from "./aws/entitlements.ts";
import { identityStore } from "./aws/identity-store.ts";
import { findInstance, findStore } from "./aws/instances.ts";
import type { FoundStore } from "./aws/instances.ts";
import { existingReading } from "./aws/reading.ts";
import type { ExistingReading, Reading } from "./aws/reading.ts";
import { scim } from "./aws/scim.ts";
import type { Scim } from "./aws/scim.ts";
import { lookUp } from "./aws/secrets.ts";
import { clientSettings, paced } from "./aws/sdk.ts";
import { signedPosts } from "./aws/signed-post.ts";
import { signingOf } from "./aws/signing.ts";
import { tallyTable } from "./aws/tally.ts";
import type { TallyTable } from "./aws/tally.ts";
import type { Deadline } from "./traffic/deadline.ts";
import { scimRegion } from "./settings/config.ts";
import type { Config, Environment, LookUp, Secrets } from "./settings/config.ts";
import { needsExtension } from "./core/attributes.ts";
import { readsMembers } from "./core/scope.ts";
import type { AskCarries } from "./core/carries.ts";
import type { Existing, SourceUsers } from "./core/model.ts";
import { remembered } from "./core/remembered.ts";
import { askForToken, directoryApi, googleAuth } from "./google/auth.ts";
import type { DirectoryApi } from "./google/auth.ts";
import { readDirectory } from "./google/directory.ts";
import type { DirectoryReading } from "./google/directory.ts";
import type { Progress, Reading as GoogleReading } from "./google/reader.ts";
import { witness } from "./google/witness.ts";
import type { Witness } from "./google/witness.ts";
import { network as openNetwork } from "./traffic/network.ts";
import type { Network } from "./traffic/network.ts";
import { pace } from "./traffic/pace.ts";
import type { Pace } from "./traffic/pace.ts";

/** Everything outside this process, as the program sees it. */
export interface World {
  /** Until `until` is aborted, or the time is over. */
  readonly readSource: (progress?: (at: Progress) => void, until?: AbortSignal) => DirectoryReading;
  /** Accounts alone, with nothing of them but what decides who may be in. */
  readonly readAccounts: () => Promise<SourceUsers>;
  readonly readExisting: (progress?: (at: Reading) => void, until?: AbortSignal) => Promise<ExistingReading>;
  readonly witness: Witness;
  readonly target: Scim;
  /** Makes sure that what is read and what is written are the same directory. */
  readonly sameDirectory: (existing: Existing) => Promise<DirectoryCheck>;
  /** The memory of a day; `undefined` where none is set. Its client is made when it is first asked for. */
  readonly tally: (() => Promise<TallyTable>) | undefined;
  /** What users and groups carry in AWS; nothing is sent before somebody asks. */
  readonly carries: AskCarries;
  /** Sends a message to whoever must act, where somebody wants that. Throws a `TargetError`. */
  readonly notify: ((detail: object) => Promise<void>) | undefined;
  /** Where IAM Identity Center is. */
  readonly region: string;
  /** The Identity Store that is read; `undefined` where only SCIM's endpoint says which one that is. */
  readonly storeRead: () => Promise<FoundStore | undefined>;
  /** Requests sent so far, retries included; what tells who carries what counts among those of the Identity Store. */
  readonly requests: () => Readonly<Record<"google" | "scim" | "identityStore", number>>;
  readonly close: () => Promise<void>;
}

/** How patiently a refused request is made again; each client's own unless given. */
export interface Patience {
  /** The first wait in ms; it doubles with each attempt. */
  readonly firstWaitMs: number;
  /** Attempts beyond the first. */
  readonly retries: number;
}

/** What AWS's own variables say: a Region, for an endpoint whose host does not name one, and whose credentials to use. */
interface Home {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  /** Other addresses of the services that the SDK has no client for here, under the names that it would give them. */
  readonly endpoints: {
    readonly accountAccess: string | undefined;
    readonly organizations: string | undefined;
  };
}

export const homeOf = (environment: Environment): Home => ({
  region: environment["AWS_REGION"],
  profile: environment["AWS_PROFILE"],
  endpoints: {
    accountAccess: environment["AWS_ENDPOINT_URL_ACCOUNT_ACCESS"],
    organizations: environment["AWS_ENDPOINT_URL_ORGANIZATIONS"],
  },
});

export interface Frame {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly deadline: Deadline;
  /** The way out; whoever opened it closes it. */
  readonly network: Network;
  readonly home: Home;
  readonly patience?: Patience | undefined;
  /** Told how something is done, for whoever looks for time lost. */
  readonly debug?: ((sentence: string) => void) | undefined;
}

/** Google alone: nothing that is asked of it needs AWS. */
export interface GoogleSide extends Pick<World, "readSource" | "readAccounts" | "witness"> {
  readonly api: DirectoryApi;
  /** Whether Google gives out an access token for these scopes; throws a `TroubleError` where it does not. */
  readonly tokenFor: (scopes: readonly string[]) => Promise<void>;
  readonly requests: () => number;
}

interface GoogleFrame extends Pick<Frame, "config" | "deadline" | "network" | "home" | "patience"> {
  readonly google: Secrets["google"];
  readonly admin: Secrets["admin"];
  /** Everything that a run needs unless told. */
  readonly scopes?: readonly string[];
}

export function openGoogle(frame: GoogleFrame): GoogleSide {
  const { config, google, admin, deadline, network, patience, scopes } = frame;
  const { signal } = deadline;
  const speed = pace(config.rates.google);
  // Made only where there is no key.
  const aws = () => signingOf(new SSOAdminClient(clientSettings({ ...frame.home, network })))();
  const asker = { credentials: google, admin, aws, network, signal, ...patience };
  const auth = googleAuth({ ...asker, ...(scopes === undefined ? {} : { scopes }) });
  const rootUrl = config.googleRootUrl === undefined ? {} : { rootUrl: config.googleRootUrl };
  const api = directoryApi({ auth, ...rootUrl, network, pace: speed, signal, ...patience });
  const ask = { ...config, wants: readsMembers(config.rules) };
  // Google's client breaks the process when its first request is aborted before it begins.
  const opened = (what: typeof ask, how: GoogleReading): DirectoryReading => {
    signal.throwIfAborted();
    return readDirectory(api, what, how);
  };
  return {
    api,
    tokenFor: (wanted) => askForToken({ ...asker, scopes: wanted }),
    readSource: (progress, until) =>
      opened(ask, { signal: either(signal, until), ...(progress === undefined ? {} : { progress }) }),
    readAccounts: async () => opened({ ...ask, userFields: [] }, { signal }).users(),
    witness: witness(api, { customerId: config.customerId, signal }),
    requests: () => speed.count,
  };
}

/** AWS alone. */
export interface AwsSide extends Pick<
  World,
  "readExisting" | "target" | "sameDirectory" | "tally" | "carries" | "notify" | "region" | "storeRead"
> {
  /** Where assignments are; undefined where AWS is read over SCIM alone. */
  readonly instance: (() => Promise<Instance>) | undefined;
  /** The reading client, and the id of the Identity Store it reads. */
  readonly store: IdentitystoreClient;
  readonly storeId: () => Promise<string>;
  readonly requests: () => Readonly<Record<"scim" | "identityStore", number>>;
}

interface AwsFrame extends Pick<Frame, "config" | "deadline" | "network" | "home" | "patience" | "debug"> {
  readonly scim: Pick<Secrets["scim"], "endpoint" | "token">;
}

/** Throws a `TargetError` when nothing names the Region. */
export function openAws(frame: AwsFrame): AwsSide {
  const { config, deadline, network, patience, home } = frame;
  const region = regionOf(frame.scim.endpoint, home.region);
  const { signal, timeLeftMs } = deadline;
  const paces = { scim: pace(config.rates.scim), identityStore: pace(config.rates.identityStore) };
  const target = scim({
    ...frame.scim,
    from: config.scimFrom,
    network,
    pace: paces.scim,
    signal,
    timeLeft: timeLeftMs,
    ...attempts(patience),
  });
  const settings = sdkSettings({ ...frame, region });
  const store = paced(new IdentitystoreClient(settings), paces.identityStore);
  const admin = paced(new SSOAdminClient(settings), paces.identityStore);
  let isSame = config.awsRead === "scim";
  const foundStore = remembered<void, Promise<FoundStore>>(() =>
    findStore(admin, config.identityStoreId, signal),
  );
  const storeId = async (): Promise<string> => (await foundStore()).id;
  return {
    target,
    tally: tallyOf(frame, region, storeId),
    ...accessOf(frame, region, paces.identityStore, foundStore),
    notify: notifyOf(frame, region),
    region,
    store,
    storeId,
    storeRead: async () => (config.awsRead === "scim" ? undefined : foundStore()),
    readExisting: async (progress, until) => {
      const how = { signal: either(signal, until), progress, debug: frame.debug };
      if (config.awsRead === "scim") return existingReading([target.reader], how);
      const first = identityStore(store, await storeId(), target, needsExtension(config.rules.details));
      return existingReading(config.awsRead === "both" ? [first, target.reader] : [first], how);
    },
    sameDirectory: async (existing) => {
      if (isSame) return { state: "same" };
      const both = { target, store, storeId: await storeId(), signal, firstWaitMs: patience?.firstWaitMs };
      const found = await sameDirectory(existing, both);
      isSame = found.state === "same";
      return found;
    },
    requests: () => ({ scim: paces.scim.count, identityStore: paces.identityStore.count }),
  };
}

type Access = Pick<AwsSide, "carries" | "instance">;

/** It only tells more about a plan: nobody waits for it as long as for what a run cannot do without. */
const ACCESS_ATTEMPTS = 4;

/**
 * The clients are made when something is asked for the first time. They keep the Identity Store's pace: SSO admin allows
 * as many requests a second ("IAM Identity Center quotas"), and then the store has been read.
 */
function accessOf(frame: AwsFrame, region: string, at: Pace, found: () => Promise<FoundStore>): Access {
  const { config, deadline, network, patience, home } = frame;
  const { signal } = deadline;
  if (config.awsRead === "scim") return { carries: unreadOverScim, instance: undefined };
  const attempts = Math.min(ACCESS_ATTEMPTS, (patience?.retries ?? ACCESS_ATTEMPTS) + 1);
  const admin = remembered<void, SSOAdminClient>(() =>
    paced(new SSOAdminClient({ ...clientSettings({ ...home, network, region }), maxAttempts: attempts }), at),
  );
  const instance = remembered<void, Promise<Instance>>(async () => {
    const client = admin();
    return { client, arn: await findInstance(client, await found(), signal), signal };
  });
  const ask = remembered<void, AskCarries>(() => {
    const { firstWaitMs } = patience ?? {};
    const { config } = admin();
    const post = signedPosts({ config, network, pace: at, signal, attempts, firstWaitMs });
    return askingCarries({
      instance,
      ...{ post, accountAccess: accountAccess(region, home.endpoints.accountAccess), signal },
      accountNames: namesOfAccounts(post, organizations(region, home.endpoints.organizations)),
    });
  });
  return { carries: (principals, progress) => ask()(principals, progress), instance };
}

const TALLY_RATE = 50;

/** The bus lies where the program runs, like the table. */
function notifyOf(frame: AwsFrame, region: string): World["notify"] {
  const { config, deadline, home } = frame;
  const { notify: bus } = config;
  if (bus === undefined) return undefined;
  return async (detail) => {
    const client = new EventBridgeClient(sdkSettings({ ...frame, region: home.region ?? region }));
    await sendMessage(detail, { client: paced(client, pace(TALLY_RATE)), bus, signal: deadline.signal });
  };
}

/** The table lies where the program runs, which may be another Region than that of IAM Identity Center. */
function tallyOf(frame: AwsFrame, region: string, key: () => Promise<string>): World["tally"] {
  const { config, deadline, home } = frame;
  const { tally: table } = config;
  if (table === undefined) return undefined;
  return remembered<void, Promise<TallyTable>>(async () => {
    const settings = sdkSettings({ ...frame, region: home.region ?? region });
    const client = new DynamoDBClient({ ...settings, accountIdEndpointMode: "disabled" });
    return tallyTable({
      client: paced(client, pace(TALLY_RATE)),
      table,
      key: await key(),
      signal: deadline.signal,
    });
  });
}

/** Both sides. This file is the only place where clients are made; nothing is sent before something is asked for. */
export function openWorld(given: Omit<Frame, "network">): World {
  const { secrets } = given;
  const network = openNetwork(given.config.proxy);
  const frame = { ...given, network };
  const google = openGoogle({ ...frame, google: secrets.google, admin: secrets.admin });
  const aws = openAws({ ...frame, scim: secrets.scim });
  const requests = () => ({ google: google.requests(), ...aws.requests() });
  return { ...google, ...aws, requests, close: network.close };
}

const either = (one: AbortSignal, other: AbortSignal | undefined): AbortSignal =>
  other === undefined ? one : AbortSignal.any([one, other]);

const attempts = (patience: Patience | undefined) =>
  patience === undefined ? {} : { attempts: patience.retries + 1, firstWaitMs: patience.firstWaitMs };

/** What a client of the SDK is made with; without a Region of its own, for that of `home`. */
const sdkSettings = ({
  home,
  network,
  patience,
  region = home.region,
}: Pick<Frame, "home" | "network" | "patience"> & { readonly region?: string | undefined }) => ({
  ...clientSettings({ network, profile: home.profile, region }),
  ...(patience === undefined ? {} : { maxAttempts: patience.retries + 1 }),
});

function regionOf(endpoint: string, given: string | undefined): string {
  const region = scimRegion(endpoint) ?? given;
  if (region === undefined || region.trim() === "") {
    throw new TargetError({
      why: "The host of the SCIM endpoint names no Region and AWS_REGION is not set",
      todo: "set AWS_REGION to the Region of IAM Identity Center",
    });
  }
  return region;
}

/** What an alias of this function leads to; `undefined` outside of Lambda. */
export function aliasesOf(
  environment: Environment,
  { network, signal }: { readonly network: Network; readonly signal: AbortSignal },
): ((alias: string) => Promise<Version | undefined>) | undefined {
  const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_REGION: region = "" } = environment;
  if (name === undefined) return undefined;
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const endpoint = environment["AWS_ENDPOINT_URL_LAMBDA"] ?? `https://lambda.${region}.${suffix}`;
  const { config } = new SSOAdminClient(clientSettings({ ...homeOf(environment), network }));
  const post = signedPosts({ config, network, pace: pace(TALLY_RATE), signal, attempts: 3 });
  const lambda = { endpoint, region, service: "lambda" };
  return (alias) => versionBehind(alias, { name, lambda, post, signal });
}

/** Looks secrets up where they lie, or else in the Region of `home`, over a network that ends with the answer. */
export function secretsIn(home: Home, patience?: Patience, signal?: AbortSignal): LookUp {
  return async (sources, proxy) => {
    const network = openNetwork(proxy);
    const settings = (region?: string) => sdkSettings({ home, network, patience, region });
    const secretsManager = (region?: string) => new SecretsManagerClient(settings(region));
    const ssm = (region?: string) => new SSMClient(settings(region));
    try {
      return await lookUp({ secretsManager, ssm }, sources, signal);
    } finally {
      await network.close();
    }
  };
}
