/**
 * Names are unique in the target, so a name can only be taken once it is free. Given who holds what and who wants
 * what, this works out an order in which no request is refused: waves, with one object of each ring parked first.
 */
export interface Wish {
  /** The object that changes its name, or that will be made. */
  readonly id: string;
  /** Keys it wants and does not hold. */
  readonly takes: readonly string[];
  /** Keys it holds and gives up. */
  readonly frees: readonly string[];
}

export interface Settlement {
  /** What cannot be had: the key, and who holds it and does not give it up. */
  readonly blocked: ReadonlyMap<string, { readonly key: string; readonly holder: string }>;
  /** Objects that must leave their name for a moment, to break a ring. */
  readonly parked: ReadonlySet<string>;
  /** The other wishes in an order that works; all of one wave may go side by side. */
  readonly waves: readonly (readonly string[])[];
  /** For each wish, the objects that must have moved before. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

export function settleClaims(wishes: readonly Wish[], holders: ReadonlyMap<string, string>): Settlement {
  const blocked = blockedWishes(wishes, holders);
  const open = wishes.filter((wish) => !blocked.has(wish.id));
  const needs = new Map(open.map((wish) => [wish.id, needed(wish, holders)]));
  return { blocked, needs, ...inWaves(needs) };
}

function inWaves(needs: ReadonlyMap<string, readonly string[]>): Pick<Settlement, "parked" | "waves"> {
  const parked = new Set<string>();
  const waves: (readonly string[])[] = [];
  const dependants = invert(needs);
  const left = new Map([...needs].map(([id, ids]) => [id, new Set(ids)]));
  /** The name of this object is free now: who waits for nothing else any more? */
  const freed = (id: string): readonly string[] =>
    (dependants.get(id) ?? []).filter(
      (other) => left.get(other)?.delete(id) === true && left.get(other)?.size === 0,
    );
  let ready: readonly string[] = [...left].filter(([, ids]) => ids.size === 0).map(([id]) => id);
  while (left.size > 0) {
    if (ready.length === 0) {
      const one = inRing(left);
      parked.add(one);
      ready = freed(one);
    } else {
      waves.push(ready);
      for (const id of ready) left.delete(id);
      ready = ready.flatMap(freed);
    }
  }
  return { parked, waves };
}

/** Everybody left waits for somebody left: following that far enough ends up inside a ring. */
function inRing(left: ReadonlyMap<string, ReadonlySet<string>>): string {
  const seen = new Set<string>();
  let [at] = left.keys();
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    [at] = left.get(at) ?? [];
  }
  if (at === undefined) throw new Error("names wait for each other without a ring");
  return at;
}

function needed(wish: Wish, holders: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set(wish.takes.flatMap((key) => holders.get(key) ?? []))];
}

function invert(needs: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const dependants = new Map<string, string[]>();
  for (const [id, ids] of needs) {
    for (const other of ids) {
      const known = dependants.get(other);
      if (known === undefined) dependants.set(other, [id]);
      else known.push(id);
    }
  }
  return dependants;
}

/** A wish is blocked by a holder that stays, by one that is blocked itself, or by an earlier wish for the same key. */
function blockedWishes(
  wishes: readonly Wish[],
  holders: ReadonlyMap<string, string>,
): Map<string, { readonly key: string; readonly holder: string }> {
  const blocked = new Map<string, { readonly key: string; readonly holder: string }>();
  const first = new Map<string, string>();
  for (const wish of wishes) for (const key of wish.takes) if (!first.has(key)) first.set(key, wish.id);
  const freed = new Map(wishes.flatMap((wish) => wish.frees.map((key) => [key, wish.id])));
  const obstacle = (wish: Wish): { readonly key: string; readonly holder: string } | undefined => {
    for (const key of wish.takes) {
      const holder = holders.get(key);
      if (holder !== undefined && (freed.get(key) !== holder || blocked.has(holder))) return { key, holder };
      const rival = first.get(key);
      if (rival !== undefined && rival !== wish.id && !blocked.has(rival)) return { key, holder: rival };
    }
    return undefined;
  };
  const dependants = invert(new Map(wishes.map((wish) => [wish.id, needed(wish, holders)])));
  const byId = new Map(wishes.map((wish) => [wish.id, wish]));
  const examine = (wish: Wish): void => {
    const found = blocked.has(wish.id) ? undefined : obstacle(wish);
    if (found !== undefined) blocked.set(wish.id, found);
  };
  for (const wish of wishes) examine(wish);
  // Whoever is blocked keeps what others may be waiting for; the walk goes on to those it adds.
  for (const id of blocked.keys()) {
    for (const other of dependants.get(id) ?? []) {
      const wish = byId.get(other);
      if (wish !== undefined) examine(wish);
    }
  }
  return blocked;
}
