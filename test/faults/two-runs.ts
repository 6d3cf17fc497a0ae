/** A leavers' run beside a full run of one small company, with their writes in every order. */
import { tallyAt } from "../aws/stage.ts";
import { useTables } from "../dynalite/server.ts";
import type { Tables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import { startEmulator, type Emulator } from "../emulator/emulator.ts";
import { lend } from "../emulator/lend.ts";
import { age, crowd } from "../journeys/company.ts";
import { everyWay, interleaved } from "./interleaving.ts";
import { run, type Ended } from "./stage.ts";

const TEAM = ["p1", "p2", "p3", "p4", "p5", "p6"];

/** Two leave, one is taken out of the team, one comes into it. */
function begin({ google, aws }: Emulator): void {
  crowd(20, { "aws-team": TEAM })(google, aws);
  age(aws);
  google.suspend(at("p1"));
  google.deleteUser(at("p2"));
  google.removeMember(at("aws-team"), at("p3"));
  google.addMember(at("aws-team"), at("p20"));
}

/** Who may sign in, by whom they are claimed, and who is in which group; marks without their day. */
export const heldBy = ({ aws }: Emulator) => ({
  users: aws.users
    .map(({ userName, active, externalId = "" }) => [
      userName,
      active,
      externalId.replace(/\d{4}-\d\d-\d\d/, "DAY"),
    ])
    .toSorted(),
  groups: aws.groups.map(({ displayName }) => [displayName, aws.membersOf(displayName).toSorted()]),
});

/** The same without the reason that a mark gives. */
export const access = ({ users, groups }: ReturnType<typeof heldBy>) => ({
  users: users.map((user) => String(user).replace(/retired|suspended/, "out")),
  groups,
});

/** Whom two runs have reserved counts once: by whom, not by how often. */
export const countsIn = ({ leavers, users, memberships, groups }: Awaited<ReturnType<Stage["tally"]>>) => ({
  ...{ leavers: [...leavers.keys()].toSorted(), users: [...users.keys()].toSorted(), memberships },
  groups: [...groups.keys()],
});

interface Stage {
  readonly emulator: Emulator;
  readonly full: () => Promise<Ended>;
  readonly leavers: () => Promise<Ended>;
  /** Of the leavers' run, which has a token of its own. */
  readonly isOfLeavers: (request: { readonly headers: Readonly<Record<string, string>> }) => boolean;
  readonly tally: () => ReturnType<ReturnType<typeof tallyAt>["spent"]>;
}

let tables = 0;

export async function withStage<T>(
  all: Tables,
  settings: Record<string, string>,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const emulator = await startEmulator({ pageSize: "vendor" });
  const restore = lend(emulator.environment());
  const table = `day-${(tables += 1)}`;
  await all.create(table, [{ AttributeName: "id", KeyType: "HASH" }]);
  try {
    begin(emulator);
    emulator.aws.tokens.add("of-the-leavers");
    const arn = emulator.secrets.set("OfTheLeavers", "of-the-leavers");
    const around = { TALLY: table, ...settings };
    const result = await work({
      emulator,
      full: () => run(emulator, {}, { settings: around }),
      leavers: () =>
        run(emulator, { action: "leavers" }, { settings: { ...around, SCIM_ACCESS_TOKEN: arn } }),
      isOfLeavers: ({ headers }) => headers["authorization"] === "Bearer of-the-leavers",
      tally: () =>
        tallyAt({ url: all.url, table }, { key: emulator.aws.identityStoreId }).spent(
          new Date().toISOString(),
        ),
    });
    emulator.verify();
    return result;
  } finally {
    restore();
    await emulator.close();
  }
}

/** Both runs with their writes in every order; what happens just before the second, and what is true after both. */
export async function inEveryOrder(
  settings: Record<string, string>,
  meanwhile: (emulator: Emulator) => void,
  check: (stage: Stage, ended: readonly Ended[]) => Promise<void>,
): Promise<number> {
  const all = await useTables();
  const ways = await everyWay((choose) =>
    withStage(all, settings, async (stage) => {
      const { emulator, isOfLeavers } = stage;
      const busy = (): number => all.requests.length;
      const ended = await interleaved(
        { emulator, busy },
        [
          { begin: stage.full, owns: (request) => !isOfLeavers(request) },
          { begin: () => (meanwhile(emulator), stage.leavers()), owns: isOfLeavers },
        ],
        choose,
      );
      await check(stage, ended);
    }),
  );
  return ways;
}
