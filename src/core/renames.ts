/** Who gets which name, for users and groups alike: who is moved aside, who is parked, and what waits for what. */
import { settleClaims } from "./claims.ts";
import type { Settlement, Wish } from "./claims.ts";
import type { Pair } from "./match.ts";
import type { SourceId, TargetId } from "./model.ts";
import { nameKey } from "./names.ts";

type Names<A extends string> = Readonly<Record<A, string>>;
type New = { readonly externalId: SourceId };
type There = { readonly id: TargetId };

/** A pair with what differs. */
export interface Draft<D, E, P> {
  readonly pair: Pair<D, E>;
  readonly patch: P;
}

interface Naming<A extends string, D, E> {
  /** The attributes that hold names: no two objects may share one. */
  readonly attributes: readonly A[];
  readonly existing: readonly E[];
  readonly drafts: readonly Draft<D, E, Partial<Names<A>>>[];
  readonly creates: readonly D[];
  /** Revoked objects: whatever name of theirs somebody needs, they give it up. */
  readonly leaving: readonly E[];
  /** What to call one that is moved aside; the count goes up from 1 until nobody has that name. */
  readonly asideName: (object: E, count: number) => string;
}

/** One that takes a name which nobody asked for, so that others get theirs. */
export interface Moved<A extends string, E> {
  readonly existing: E;
  readonly patch: Partial<Names<A>>;
  /** Who must have moved before. */
  readonly needs: readonly TargetId[];
}

/** One that cannot have a name it wants. */
export interface Blocked<A extends string, D, E> {
  readonly desired: D;
  /** Nothing when it is new itself. */
  readonly existing: E | undefined;
  readonly attribute: A;
  /** Nothing when another new one gets the name. */
  readonly holder: E | undefined;
}

export interface Renames<A extends string, D, E> {
  /** Revoked ones who leave their names for good. */
  readonly aside: readonly Moved<A, E>[];
  /** Those who leave their names for a moment, to break a ring. */
  readonly parked: readonly Moved<A, E>[];
  readonly blocked: readonly Blocked<A, D, E>[];
  readonly isBlocked: (object: New | There) => boolean;
  /** Whose own move must come before. */
  readonly needs: (object: New | There) => readonly TargetId[];
  /** Changes by the wave in which their object moves; the first holds everything that waits for no name. */
  readonly inWaves: <C extends There>(changes: readonly C[]) => readonly (readonly C[])[];
}

export function settleRenames<A extends string, D extends New & Names<A>, E extends There & Names<A>>(
  naming: Naming<A, D, E>,
): Renames<A, D, E> {
  const asides = movedAside(naming);
  const wishes = wishesOf(naming, asides);
  const settled = settleClaims(wishes, holdersOf(naming, new Set(wishes.flatMap(({ takes }) => takes))));
  const needs = (object: New | There): readonly TargetId[] =>
    (settled.needs.get(idOf(object)) ?? []) as readonly TargetId[];
  return {
    aside: asides.map((one) => ({ ...one, needs: needs(one.existing) })),
    parked: naming.drafts
      .filter(({ pair }) => settled.parked.has(pair.existing.id))
      .map(({ pair: { existing }, patch }) => ({
        existing,
        patch: allNamed(
          naming.attributes.filter((attribute) => patch[attribute] !== undefined),
          parkingOf(existing),
        ),
        needs: [],
      })),
    blocked: blockedOf(naming, settled),
    isBlocked: (object) => settled.blocked.has(idOf(object)),
    needs,
    inWaves: (changes) => byWave(changes, settled),
  };
}

/** What is new has no id of its own yet. */
const idOf = (object: New | There): string => ("id" in object ? object.id : `new:${object.externalId}`);

const PARKING = "ssosync-moving.";
const parkingOf = ({ id }: There): string => `${PARKING}${id}`;

/** Whether one lost its own name for a moment, in a run that was cut off. Nobody in Google may choose to look like that. */
export const isParked = (name: string, object: There): boolean => name === parkingOf(object);

const allNamed = <A extends string>(attributes: readonly A[], name: string): Partial<Names<A>> =>
  Object.fromEntries(attributes.map((attribute) => [attribute, name])) as Partial<Names<A>>;

/** A name and an address may be the same text, and still do not stand in each other's way. */
function keysOf<A extends string>(attributes: readonly A[], names: Partial<Names<A>>): readonly string[] {
  return attributes.flatMap((attribute) => {
    const name = names[attribute];
    return name === undefined || name === "" ? [] : [keyOf(attribute, name)];
  });
}

const keyOf = (attribute: string, name: string): string => `${attribute}:${nameKey(name)}`;

/** Who holds the names that somebody wishes for. */
function holdersOf<A extends string, D, E extends There & Names<A>>(
  { attributes, existing }: Naming<A, D, E>,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  if (wanted.size === 0) return new Map();
  return new Map(
    existing.flatMap((object) =>
      keysOf(attributes, object)
        .filter((key) => wanted.has(key))
        .map((key) => [key, object.id] as const),
    ),
  );
}

type Aside<A extends string, E> = Omit<Moved<A, E>, "needs">;

/** Revoked ones who hold a name that somebody desired needs. */
function movedAside<A extends string, D extends Names<A>, E extends Names<A>>(
  naming: Naming<A, D, E>,
): readonly Aside<A, E>[] {
  const { attributes, existing, drafts, creates, leaving, asideName } = naming;
  const keys = (names: Partial<Names<A>>) => keysOf(attributes, names);
  const wanted = new Set([...drafts.flatMap(({ patch }) => keys(patch)), ...creates.flatMap(keys)]);
  const obstacles = leaving.filter((object) => keys(object).some((key) => wanted.has(key)));
  if (obstacles.length === 0) return [];
  const taken = new Set([...wanted, ...existing.flatMap(keys)]);
  return obstacles.map((object) => {
    for (let count = 1; ; count++) {
      const patch = allNamed(attributes, asideName(object, count));
      if (keys(patch).some((key) => taken.has(key))) continue;
      for (const key of keys(patch)) taken.add(key);
      return { existing: object, patch };
    }
  });
}

/** In the order in which they are granted. */
function wishesOf<A extends string, D extends New & Names<A>, E extends There & Names<A>>(
  { attributes, drafts, creates }: Naming<A, D, E>,
  asides: readonly Aside<A, E>[],
): readonly Wish[] {
  const wish = (existing: E, patch: Partial<Names<A>>): Wish => {
    const changing = attributes.filter((attribute) => patch[attribute] !== undefined);
    return { id: existing.id, takes: keysOf(changing, patch), frees: keysOf(changing, existing) };
  };
  return [
    ...asides.map(({ existing, patch }) => wish(existing, patch)),
    ...drafts.map(({ pair, patch }) => wish(pair.existing, patch)).filter(({ takes }) => takes.length > 0),
    ...creates.map((desired) => ({ id: idOf(desired), takes: keysOf(attributes, desired), frees: [] })),
  ];
}

function blockedOf<A extends string, D extends New & Names<A>, E extends There & Names<A>>(
  { attributes, existing, drafts, creates }: Naming<A, D, E>,
  { blocked }: Settlement,
): readonly Blocked<A, D, E>[] {
  if (blocked.size === 0) return [];
  const byId = new Map<string, E>(existing.map((object) => [object.id, object]));
  const tell = (desired: D, own: E | undefined): readonly Blocked<A, D, E>[] => {
    const obstacle = blocked.get(idOf(own ?? desired));
    const attribute = attributes.find((one) => keyOf(one, desired[one]) === obstacle?.key);
    if (obstacle === undefined || attribute === undefined) return [];
    return [{ desired, existing: own, attribute, holder: byId.get(obstacle.holder) }];
  };
  return [
    ...creates.flatMap((desired) => tell(desired, undefined)),
    ...drafts.flatMap(({ pair }) => tell(pair.desired, pair.existing)),
  ];
}

function byWave<C extends There>(changes: readonly C[], { waves }: Settlement): readonly (readonly C[])[] {
  const wave = new Map(waves.flatMap((ids, at) => ids.map((id) => [id, at])));
  const found = Map.groupBy(changes, ({ id }) => wave.get(id) ?? 0);
  return Array.from({ length: Math.max(1, waves.length) }, (_, at) => found.get(at) ?? []);
}
