import { count } from "../core/count.ts";
import { describeGroup, describeUser, identityStore, isAbsent } from "../aws/identity-store.ts";
import type { Existing } from "../core/model.ts";
import { targetId } from "../core/model.ts";
import type { Config, Secrets } from "../settings/config.ts";
import type { AwsSide } from "../world.ts";
import { check, fine, ok } from "./check.ts";
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
} {
  const side = check({
    id: "aws.region",
    title: "AWS Region",
    needs: { endpoint: secrets.SCIM_ENDPOINT, token: secrets.SCIM_ACCESS_TOKEN },
    run: (scim) => fine(open(scim)),
  });
  const token = check({
    id: "scim.token",
    title: "SCIM endpoint and token",
    needs: { side },
    run: async ({ side: { target } }) => {
      // Any endpoint might describe itself to anybody: a token is needed for a listing.
      await target.probe();
      await target.anyUser();
      return ok("The endpoint describes itself and lists users");
    },
  });
  const store = storeCheck(config, settings, side);
  const permissions = config.awsRead === "scim" ? [] : permissionChecks(side, store, signal);
  const reading = check({
    id: "aws.reading",
    title: "All of IAM Identity Center",
    needs: {
      ...Object.fromEntries(permissions.filter(({ worst }) => worst === "error").map((one) => [one.id, one])),
      ...(config.awsRead === "identitystore" ? {} : { token }),
      ...{ side, store },
    },
    run: async (given) => readAws(given.side),
  });
  const same = check({
    id: "aws.same-directory",
    title: "SCIM and the Identity Store",
    needs: { token, side, reading },
    run: async (given) => {
      const { state } = await given.side.sameDirectory(given.reading.whole);
      return state === "same"
        ? ok("SCIM and the Identity Store are the same directory")
        : ok(
            "Both are empty; a run checks with the first object that it creates whether they are the same directory",
          );
    },
  });
  return { checks: [side, token, store, ...permissions, reading, same], reading };
}

const storeCheck = (config: Config, settings: SettingsChecks, side: Check<AwsSide>): Check<string> =>
  check({
    id: "aws.identity-store",
    title: "Identity Store",
    needs: { settings: settings.stage("aws"), side },
    run: async (given) => {
      if (config.awsRead === "scim")
        return {
          ...ok("AWS_READ=scim reads over SCIM alone, so no Identity Store permission is needed"),
          value: "",
        };
      const value = await given.side.storeId();
      const how =
        config.identityStoreId === undefined
          ? "the only active instance uses it"
          : "IDENTITY_STORE_ID names it";
      return { ...ok(`It is ${value}: ${how}`), value };
    },
  });

/** An id that nobody has: without the permission, AWS refuses before it looks whether there is such an object. */
const NOBODY = targetId("00000000-0000-4000-8000-000000000000");

type Ask = (store: AwsSide["store"], id: string, signal: AbortSignal) => Promise<unknown>;
async function firstOf(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pages) return;
}

/** Every permission that reading needs; describing is only needed for the first object of an empty directory. */
const PERMISSIONS: Readonly<Record<string, readonly [Check["worst"], Ask]>> = {
  ListUsers: ["error", (store, id, signal) => firstOf(identityStore(store, id).users(signal))],
  ListGroups: ["error", (store, id, signal) => firstOf(identityStore(store, id).groups(signal))],
  ListGroupMemberships: [
    "error",
    (store, id, signal) => firstOf(identityStore(store, id).members(NOBODY, signal)),
  ],
  DescribeUser: ["warning", (store, id, signal) => describeUser(store, id, NOBODY, signal)],
  DescribeGroup: ["warning", (store, id, signal) => describeGroup(store, id, NOBODY, signal)],
};

const permissionChecks = (
  side: Check<AwsSide>,
  store: Check<string>,
  signal: AbortSignal,
): readonly Check[] =>
  Object.entries(PERMISSIONS).map(([action, [worst, ask]]) =>
    check({
      id: `iam.${action}`,
      title: `Permission identitystore:${action}`,
      worst,
      needs: { side, store },
      run: async (given) => {
        try {
          await ask(given.side.store, given.store, signal);
        } catch (error) {
          // The question was allowed, even where there is just no such object.
          if (!isAbsent(error)) throw error;
        }
        return ok("AWS answers");
      },
    }),
  );

async function readAws(side: AwsSide) {
  const started = performance.now();
  const whole = await side.readExisting();
  const { users, groups } = whole;
  const why = `It has ${count(users.length, "user")} and ${count(groups.length, "group")}`;
  return { ...ok(why), value: { whole, ms: performance.now() - started } };
}
