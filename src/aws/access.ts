/** What users and groups carry: their account assignments and entitlements, under the names that people know. */
import {
  byWeight,
  lastPart,
  type AskCarries,
  type Carried,
  type NotShown,
  type Opening,
  type Place,
  type Principal,
} from "../core/carries.ts";
import type { TargetId } from "../core/model.ts";
import { remembered } from "../core/remembered.ts";
import type { Trouble } from "../core/trouble.ts";
import { pool } from "../traffic/pool.ts";
import { asking } from "./asking.ts";
import { assignmentsOf, describeSet, weightOf, type Assignment, type Instance } from "./assignments.ts";
import { applications, entitlementsOf, type Entitlement } from "./entitlements.ts";
import type { Post, Signed } from "./signed-post.ts";

interface AccessOptions {
  /** Asked for when something is asked, once; throws a `TargetError`. */
  readonly instance: () => Promise<Instance>;
  readonly post: Post;
  readonly accountAccess: Signed;
  readonly accountNames: (ids: Iterable<string>) => Promise<ReadonlyMap<string, string>>;
  readonly signal: AbortSignal;
}

/** Principals asked about at the same time; the pace is what limits the speed. */
const IN_FLIGHT = 10;

interface Found {
  readonly assignments: readonly Assignment[] | undefined;
  readonly entitlements: readonly Entitlement[] | undefined;
}

/** See `AskCarries`. Nothing is sent before it is called. */
export function askingCarries(options: AccessOptions): AskCarries {
  const questions = questionsTo(options);
  const found = async (principal: Principal): Promise<Found> => {
    const [assignments, entitlements] = await Promise.all([
      questions.assignments.answer(principal),
      questions.entitlements.answer(principal),
    ]);
    return { assignments, entitlements };
  };
  return async (principals, progress) => {
    const all = new Map<TargetId, Found>();
    await eachOf(principals, async (principal) => {
      all.set(principal.id, await found(principal));
      progress?.(all.size);
    });
    const shown = await facts(questions, options, [...all.values()]);
    return {
      of: new Map([...all].map(([id, one]) => [id, carriedBy(id, one, shown)])),
      notShown: notShown(questions),
    };
  };
}

/** Where everything is read over SCIM, the credentials that this would need are nobody's business. */
export const unreadOverScim: AskCarries = (principals) =>
  Promise.resolve({
    of: new Map(principals.map(({ id }) => [id, { opens: [], whole: false }])),
    notShown: [
      {
        what: "assignments",
        why: "AWS_READ=scim reads everything over SCIM, which tells nothing of account assignments",
        todo: "set AWS_READ to identitystore or both",
      },
    ],
  });

type Questions = ReturnType<typeof questionsTo>;

function questionsTo({ instance, post, accountAccess, signal }: AccessOptions) {
  const listed = remembered<void, Promise<readonly string[]>>(() => applications(post, accountAccess));
  const bySet = { signal, keyOf: (set: string) => set };
  const byPrincipal = { signal, keyOf: ({ id }: Principal) => id };
  return {
    assignments: asking(async (one: Principal) => assignmentsOf(await instance(), one), byPrincipal),
    names: asking(async (set: string) => describeSet(await instance(), set), bySet),
    weights: asking(async (set: string) => weightOf(await instance(), set), bySet),
    entitlements: asking(async (principal: Principal) => {
      const all: Entitlement[] = [];
      for (const application of await listed())
        all.push(...(await entitlementsOf(post, accountAccess, { application, principal })));
      return all;
    }, byPrincipal),
  };
}

async function eachOf<T>(all: readonly T[], perform: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const { enough, over } = pool({ next: () => left.next().value, perform, width: IN_FLIGHT });
  enough();
  await over;
}

const notShown = ({ assignments, names, weights, entitlements }: Questions): readonly NotShown[] => {
  const of = (what: NotShown["what"], trouble: Trouble | undefined): readonly NotShown[] =>
    trouble === undefined ? [] : [{ what, why: trouble.why, todo: trouble.todo }];
  return [
    ...of("assignments", assignments.trouble()),
    ...of("permission-sets", names.trouble() ?? weights.trouble()),
    ...of("entitlements", entitlements.trouble()),
  ];
};

// ---------------------------------------------------------------- what is found, under its names

/** What could be had of a permission set. */
type Described = Partial<Pick<Opening, "name" | "weight">>;

/** What makes the ids readable. */
interface Facts {
  readonly sets: ReadonlyMap<string, Described>;
  readonly accounts: ReadonlyMap<string, string>;
}

async function facts(
  { names, weights }: Questions,
  { accountNames }: AccessOptions,
  all: readonly Found[],
): Promise<Facts> {
  const rows = all.flatMap(({ assignments = [] }) => assignments);
  const entitled = all.flatMap(({ entitlements = [] }) => entitlements);
  const sets = new Map<string, Described>();
  await eachOf([...new Set(rows.map(({ set }) => set))], async (set) => {
    const [named, weight] = await Promise.all([names.answer(set), weights.answer(set)]);
    sets.set(set, { ...named, ...(weight === undefined ? {} : { weight }) });
  });
  const told = entitled.flatMap(({ account, accountName }) =>
    accountName === undefined ? [] : [[account, accountName] as const],
  );
  const ids = new Set([...rows, ...entitled].map(({ account }) => account));
  const accounts = new Map([...told, ...(await accountNames(ids.difference(new Map(told))))]);
  return { sets, accounts };
}

function carriedBy(id: TargetId, { assignments, entitlements }: Found, shown: Facts): Carried {
  const rows = Map.groupBy(assignments ?? [], ({ set }) => set);
  const roles = Map.groupBy(entitlements ?? [], ({ role }) => role);
  const unnamed = (arn: string) => ({ arn, name: lastPart(arn), weight: "unknown" }) as const;
  const opens = [
    ...[...rows].map(([arn, all]): Opening => {
      const places = [...Map.groupBy(all, ({ account }) => account)].map(([account, those]) => {
        const whose = those.map(({ principal }) => principal.id);
        return placeOf(id, account, whose, shown);
      });
      const accounts = sorted(places);
      return { via: "permission-set", ...unnamed(arn), ...shown.sets.get(arn), accounts };
    }),
    ...[...roles].map(([arn, all]): Opening => {
      const accounts = entitledPlaces(id, all, shown);
      return { via: "role", ...unnamed(arn), accounts };
    }),
  ];
  return {
    opens: opens.toSorted(
      (one, other) =>
        byWeight(one.weight, other.weight) || byText(`${one.name} ${one.arn}`, `${other.name} ${other.arn}`),
    ),
    whole: assignments !== undefined && entitlements !== undefined,
  };
}

/** A role is in one account; the entitlement to take away is the principal's own. */
function entitledPlaces(asked: TargetId, rows: readonly Entitlement[], shown: Facts): readonly Place[] {
  const own = rows.find(({ principal }) => principal === asked);
  const entitlement = own && { application: own.application, id: own.id };
  const whose = rows.map(({ principal }) => principal);
  return rows.slice(0, 1).map(({ account }) => ({
    ...placeOf(asked, account, whose, shown),
    ...(entitlement === undefined ? {} : { entitlement }),
  }));
}

/** Where `asked` may enter directly, or through whom else. */
function placeOf(asked: TargetId, id: string, whose: readonly TargetId[], { accounts }: Facts): Place {
  const name = accounts.get(id);
  return {
    id,
    ...(name === undefined ? {} : { name }),
    direct: whose.includes(asked),
    through: [...new Set(whose.filter((one) => one !== asked))].toSorted(),
  };
}

const sorted = (places: readonly Place[]): readonly Place[] =>
  places.toSorted((one, other) => byText(`${one.name ?? ""} ${one.id}`, `${other.name ?? ""} ${other.id}`));

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
