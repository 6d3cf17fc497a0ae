/** What users and groups open in AWS: whether that can be read, who is left to use it, and what nobody uses. */
import { isInStore } from "../aws/identity-store.ts";
import { findStrays, type Strays } from "../aws/strays.ts";
import { directOf, lastPart } from "../core/carries.ts";
import type { Carries, Opening, Principal } from "../core/carries.ts";
import { openingText, removalText, removalTexts } from "../core/carries-words.ts";
import { count, number } from "../core/count.ts";
import { isOurGroup, markDay, userClaim } from "../core/mark.ts";
import type { Existing } from "../core/model.ts";
import type { AwsSide } from "../world.ts";
import { check, fine, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Read } from "./google.ts";
import { firstFew } from "./report.ts";

interface AccessFrame {
  readonly side: Check<AwsSide>;
  readonly store: Check<string>;
  readonly reading: Check<Read<Existing>>;
  readonly signal: AbortSignal;
}

export function accessChecks({ side, store, reading, signal }: AccessFrame): readonly Check[] {
  const carried = check("access.reading", "What groups carry", { side, reading }, async (given) => {
    const asked = principalsOf(given.reading.whole);
    const carries = await given.side.carries(asked.slice(0, MOST_ASKED));
    return { ...readVerdict(asked.length, carries), value: carries };
  });
  const administrators = check("access.administrators", "Administrators", { carried, reading }, (given) =>
    administratorsVerdict(given.reading.whole, given.carried),
  );
  const direct = check("access.direct", "Assignments of leavers", { carried, reading }, (given) =>
    directVerdict(given.reading.whole, given.carried),
  );
  const strays = check(
    "access.strays",
    "Assignments of nobody",
    { side, store, reading },
    async (given) => {
      const { instance, store: client } = given.side;
      if (instance === undefined) return fine(undefined);
      const { users, groups } = given.reading.whole;
      const known = new Set([...users, ...groups].map(({ id }) => id));
      const isThere = (one: Principal): Promise<boolean> => isInStore(client, given.store, one, signal);
      return straysVerdict(await findStrays(await instance(), { known, isThere, most: MOST_SPENT }));
    },
    "warning",
  );
  return [carried, administrators, direct, strays];
}

/** Users and groups: each is one request or two, and more would take longer than anybody waits for a doctor. */
const MOST_ASKED = 1_000;
/** Requests by which assignments of nobody are looked for. */
const MOST_SPENT = 500;

/** Groups of ours, and users of ours who are marked: what they carry decides, or is to be taken away. */
const principalsOf = ({ users, groups }: Existing): readonly Principal[] => [
  ...groups.filter(isOurGroup).map(({ id }) => ({ kind: "group", id }) as const),
  ...users.filter(isLeftBehind).map(({ id }) => ({ kind: "user", id }) as const),
];

const isLeftBehind = ({ externalId }: Pick<Existing["users"][number], "externalId">): boolean =>
  markDay(userClaim(externalId)) !== undefined;

function readVerdict(asked: number, { notShown }: Carries) {
  if (notShown.length > 0)
    return warning(
      `${notShown.map(({ why }) => why).join(". ")}. Until it can be read, no user or group is deleted whose time has come, and nobody is told what a change opens`,
      notShown.map(({ todo }) => todo).join("; "),
    );
  if (asked === 0) return ok("There is no group of ours yet, and no marked user, to ask about");
  return asked > MOST_ASKED
    ? ok(`It was asked of the first ${number(MOST_ASKED)} of ${number(asked)} groups and marked users`)
    : ok("Account assignments and entitlements can be read");
}

// ---------------------------------------------------------------- who is left

function administratorsVerdict({ users, groups, unread }: Existing, { of, notShown }: Carries) {
  const enabled = new Map(users.flatMap(({ id, userName, active }) => (active ? [[id, userName]] : [])));
  const few = groups.flatMap((group) => {
    const opens = of.get(group.id)?.opens.filter(({ weight }) => weight === "administrator") ?? [];
    const names = [...group.members].flatMap((id) => enabled.get(id) ?? []);
    if (opens.length === 0 || names.length > 1 || unread.has(group.id)) return [];
    const who = names[0] === undefined ? "nobody" : `${names[0]} alone`;
    return [`${group.name} (${placesOf(opens)}) has ${who} enabled in it`];
  });
  if (few.length > 0)
    return warning(
      `These groups carry administrator access: ${firstFew(few, 3)}`,
      "add people to these groups in Google, or unassign what nobody is to use",
    );
  // What is not shown is told by the check that asked.
  return notShown.length > 0
    ? fine(undefined)
    : ok("Every group that carries administrator access has at least two users enabled");
}

function placesOf(opens: readonly Opening[]): string {
  const places = new Map(
    opens.flatMap(({ accounts }) => accounts.map((one) => [one.id, one.name ?? one.id])),
  );
  return `in ${count(places.size, "account")}: ${firstFew([...places.values()])}`;
}

// ---------------------------------------------------------------- what nobody uses

/** Whoever is disabled cannot use it, and it outlives them when they are deleted: AWS shows an id that nobody has. */
function directVerdict({ users }: Existing, { of, notShown }: Carries) {
  const found = users.flatMap(({ id, userName }) => {
    const carried = of.get(id);
    if (carried === undefined) return [];
    const shown = directOf(carried).map((opening) => `${userName}: ${openingText(opening)}`);
    return shown.length === 0 ? [] : [{ shown, remove: removalTexts(id, carried) }];
  });
  if (found.length > 0)
    return warning(
      `Still assigned directly to users who are disabled: ${firstFew(found.flatMap(({ shown }) => shown))}`,
      `remove by hand: ${firstFew(
        found.flatMap(({ remove }) => remove),
        3,
      )}`,
    );
  return notShown.length > 0
    ? fine(undefined)
    : ok("No user who was disabled has an assignment of their own");
}

function straysVerdict({ assignments, looked, of }: Strays) {
  const stopped =
    looked === of
      ? ""
      : `; after ${MOST_SPENT} requests it stopped at permission set ${looked + 1} of ${of}, and did not look at the rest`;
  if (assignments.length === 0)
    return ok(
      looked === of
        ? "Every account assignment is that of a user or a group that is there"
        : `Every account assignment that was looked at is that of a user or a group that is there${stopped}`,
    );
  const shown = assignments.map(
    ({ principal, set, account }) => `${principal.kind} ${principal.id} (${lastPart(set)} in ${account})`,
  );
  return warning(
    `${count(assignments.length, "account assignment")} of users or groups that are no more: ${firstFew(shown, 3)}${stopped}`,
    `remove them by hand: ${firstFew(
      assignments.map(({ principal, set, account }) => removalText(principal, set, { id: account })),
      3,
    )}`,
  );
}
