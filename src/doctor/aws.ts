import { count } from "../core/count.ts";
import { AbsentError } from "../aws/errors.ts";
import { identityStore, isInStore } from "../aws/identity-store.ts";
import type { Principal } from "../core/carries.ts";
import type { Existing } from "../core/model.ts";
import { targetId } from "../core/model.ts";
import { isTrouble, openDay } from "../run/day.ts";
import type { Spent } from "../core/tally.ts";
import type { Trouble } from "../core/trouble.ts";
import type { Config, Secrets } from "../settings/config.ts";
import type { AwsSide } from "../world.ts";
import { accessChecks } from "./access.ts";
import { check, fine, ok, step, warning, wrong } from "./check.ts";
import type { Check } from "./check.ts";
import type { Read } from "./google.ts";
import type { SecretChecks, SettingsChecks } from "./settings.ts";

export interface AwsFrame {
  readonly config: Config;
  readonly settings: SettingsChecks;
  readonly secrets: SecretChecks;
  readonly signal: AbortSignal;
  /** Opens AWS's side; sends nothing. Throws a `TargetError` when nothing names the Region. */
  readonly open: (scim: Pick<Secrets["scim"], "endpoint" | "token">) => AwsSide;
}

/** Token, Identity Store, each permission by itself, then everything. Writes nothing. */
export function awsChecks({ config, settings, secrets, signal, open }: AwsFrame): {
  readonly checks: readonly Check[];
  readonly reading: Check<Read<Existing>>;
  readonly spent: Check<Spent | Trouble>;
} {
  const side = check(
    "aws.region",
    "AWS Region",
    { endpoint: secrets.SCIM_ENDPOINT, token: secrets.SCIM_ACCESS_TOKEN },
    (scim) => fine(open(scim)),
  );
  const token = check("scim.token", "SCIM endpoint and token", { side }, async ({ side: { target } }) => {
    // Any endpoint might describe itself to anybody: a token is needed for a listing.
    await target.probe();
    await target.anyUser();
    return ok("The endpoint describes itself and lists users");
  });
  const store = storeCheck(config, settings, side);
  const permissions = config.awsRead === "scim" ? [] : permissionChecks(side, store, signal);
  const reading = check(
    "aws.reading",
    "All of IAM Identity Center",
    {
      ...Object.fromEntries(permissions.filter(({ worst }) => worst === "error").map((one) => [one.id, one])),
      ...(config.awsRead === "identitystore" ? {} : { token }),
      ...{ side, store },
    },
    async (given) => readAws(given.side),
  );
  const same = sameCheck(token, side, reading);
  const spent = step({ side }, async (given) =>
    fine(await openDay(given.side.tally, new Date(), false).spent()),
  );
  const tally = tallyCheck(config, settings, { side, store, spent });
  const access = accessChecks({ side, store, reading, signal });
  return { checks: [side, token, store, ...permissions, reading, same, tally, ...access], reading, spent };
}

const sameCheck = (token: Check, side: Check<AwsSide>, reading: Check<Read<Existing>>): Check =>
  check("aws.same-directory", "SCIM and the Identity Store", { token, side, reading }, async (given) => {
    const { state } = await given.side.sameDirectory(given.reading.whole);
    return state === "same"
      ? ok("SCIM and the Identity Store are the same directory")
      : ok("Both are empty; a run makes sure with the first object that it creates");
  });

const storeCheck = (config: Config, settings: SettingsChecks, side: Check<AwsSide>): Check<string> =>
  check("aws.identity-store", "Identity Store", { settings: settings.stage("aws"), side }, async (given) => {
    if (config.awsRead === "scim")
      return ok("AWS_READ=scim reads over SCIM alone, so no Identity Store permission is needed", "");
    const value = await given.side.storeId();
    const how = config.identityStoreId === undefined ? "the only active instance has it" : "it is set";
    return ok(`It is ${value}: ${how}`, value);
  });

const tallyCheck = (
  config: Config,
  settings: SettingsChecks,
  aws: {
    readonly side: Check<AwsSide>;
    readonly store: Check<string>;
    readonly spent: Check<Spent | Trouble>;
  },
): Check =>
  check("aws.tally", "Tally", { settings: settings.setting("TALLY"), ...aws }, async (given) => {
    if (given.side.tally === undefined)
      return warning(
        "TALLY is not set, so nothing remembers what earlier runs did, and every single run may do as much as is meant for a day",
        "set TALLY to the name of the DynamoDB table that Terraform made",
      );
    if (isTrouble(given.spent)) return wrong(given.spent.why, given.spent.todo);
    await (await given.side.tally()).tryWriting();
    return ok(`The DynamoDB table ${config.tally} can be read and written`);
  });

/** An id that nobody has: without the permission, AWS refuses before it looks for the object. */
const NOBODY = targetId("00000000-0000-4000-8000-000000000000");

async function firstOf(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pages) return;
}

/** What asks for each permission; describing is only needed for the first object of an empty directory. */
function permissionChecks(side: Check<AwsSide>, store: Check<string>, signal: AbortSignal): readonly Check[] {
  type Ask = (client: AwsSide["store"], id: string, scim: AwsSide["target"]) => Promise<unknown>;
  const permission = (action: string, ask: Ask, worst?: "warning"): Check => {
    const run = async (given: { readonly side: AwsSide; readonly store: string }) => {
      try {
        await ask(given.side.store, given.store, given.side.target);
      } catch (error) {
        // The question was allowed, even where there is just no such object.
        if (!(error instanceof AbsentError)) throw error;
      }
      return ok("AWS answers");
    };
    return check(`iam.${action}`, `Permission identitystore:${action}`, { side, store }, run, worst);
  };
  const describing = (action: string, kind: Principal["kind"]): Check =>
    permission(action, (client, id) => isInStore(client, id, { kind, id: NOBODY }, signal), "warning");
  return [
    permission("ListUsers", (client, id, scim) =>
      firstOf(identityStore(client, id, scim).users(signal, new Map())),
    ),
    permission("ListGroups", (client, id, scim) =>
      firstOf(identityStore(client, id, scim).groups(signal, new Map())),
    ),
    permission("ListGroupMemberships", (client, id, scim) =>
      firstOf(identityStore(client, id, scim).members(NOBODY, signal)),
    ),
    describing("DescribeUser", "user"),
    describing("DescribeGroup", "group"),
  ];
}

async function readAws(side: AwsSide) {
  const started = performance.now();
  const whole = await (await side.readExisting()).whole();
  const { users, groups } = whole;
  const why = `It has ${count(users.length, "user")} and ${count(groups.length, "group")}`;
  return ok(why, { whole, ms: performance.now() - started });
}
