import { describe, expect, test } from "vitest";
import { sourceId, targetId } from "../../src/core/model.ts";
import { settleRenames } from "../../src/core/renames.ts";

interface Thing {
  readonly name: string;
  readonly mail: string;
}
type Wanted = Thing & { readonly externalId: ReturnType<typeof sourceId> };
type There = Thing & { readonly id: ReturnType<typeof targetId> };

const wants = (id: string, name: string, mail = name): Wanted => ({ externalId: sourceId(id), name, mail });
const there = (id: string, name: string, mail = name): There => ({ id: targetId(id), name, mail });

interface Case {
  /** Who becomes whom. */
  readonly renamed?: readonly (readonly [There, Partial<Thing>])[];
  readonly creates?: readonly Wanted[];
  readonly leaving?: readonly There[];
  readonly others?: readonly There[];
}

function settle({ renamed = [], creates = [], leaving = [], others = [] }: Case) {
  const drafts = renamed.map(([existing, patch]) => ({
    pair: { existing, desired: { ...wants(existing.id, ""), ...existing, ...patch }, how: "linked" } as const,
    patch,
  }));
  const existing = [...renamed.map(([one]) => one), ...leaving, ...others];
  const asideName = ({ name }: Thing, count: number): string => `old ${name} ${count}`;
  return settleRenames({ attributes: ["name", "mail"], existing, drafts, creates, leaving, asideName });
}

describe("whoever is revoked", () => {
  test("gives up all names when one of them is needed, and the one who needs it waits", () => {
    const ada = wants("1", "ada", "ada@new");
    const names = settle({ creates: [ada], leaving: [there("a", "ADA", "ada@old"), there("b", "bob")] });
    expect(names.aside).toEqual([
      { existing: there("a", "ADA", "ada@old"), patch: { name: "old ADA 1", mail: "old ADA 1" }, needs: [] },
    ]);
    expect(names.needs(ada)).toEqual(["a"]);
    expect(names.blocked).toEqual([]);
  });

  test("gets no name that is there, that is wanted, or that another of them got", () => {
    const names = settle({
      creates: [wants("1", "x", "1"), wants("2", "y", "x"), wants("3", "old x 2", "3")],
      leaving: [there("a", "x", "a"), there("b", "q", "x")],
      others: [there("c", "c", "OLD X 1")],
    });
    expect(names.aside.map(({ patch }) => patch.name)).toEqual(["old x 3", "old q 1"]);
    const alike = settle({
      creates: [wants("1", "x", "y")],
      leaving: [there("a", "x", "a"), there("b", "x", "y")],
    });
    expect(alike.aside.map(({ patch }) => patch.mail)).toEqual(["old x 1", "old x 2"]);
  });

  test("keeps a name that nobody needs, and an empty one is none", () => {
    expect(settle({ creates: [wants("1", "x", "")], leaving: [there("a", "y", "")] }).aside).toEqual([]);
  });
});

describe("two who trade names", () => {
  const [one, two] = [there("a", "x", "1"), there("b", "y", "2")];
  const names = settle({
    renamed: [
      [one, { name: "y" }],
      [two, { name: "x" }],
    ],
  });

  test("are parked one at a time, and only in what changes", () => {
    expect(names.parked).toEqual([{ existing: one, patch: { name: "ssosync-moving.a" }, needs: [] }]);
  });

  test("move in waves, and what waits for no name goes in the first", () => {
    const waves = names.inWaves(["a", "b", "c"].map((id) => ({ id: targetId(id) })));
    expect(waves.map((wave) => wave.map(({ id }) => id))).toEqual([["b", "c"], ["a"]]);
    expect([names.needs(one), names.needs(two)]).toEqual([["b"], ["a"]]);
  });
});

describe("who cannot have a name", () => {
  test("is told apart with the attribute and the one who holds it", () => {
    const holder = there("h", "other", "X");
    const names = settle({
      creates: [wants("1", "free", "x")],
      renamed: [[there("a", "a"), { name: "other" }]],
      others: [holder],
    });
    expect(names.blocked).toMatchObject([
      { desired: { externalId: "1" }, existing: undefined, attribute: "mail", holder },
      { existing: { id: "a" }, attribute: "name", holder },
    ]);
    expect(names.isBlocked(there("a", "a"))).toBe(true);
    expect(names.isBlocked(holder)).toBe(false);
  });

  test("is told of nobody when another new one gets it", () => {
    const names = settle({ creates: [wants("1", "x", "1"), wants("2", "X", "2")] });
    expect(names.blocked).toMatchObject([
      { desired: { externalId: "2" }, attribute: "name", holder: undefined },
    ]);
  });

  test("is nobody when a name and an address are the same text", () => {
    const names = settle({ creates: [wants("1", "x", "1")], others: [there("a", "a", "x")] });
    expect(names.blocked).toEqual([]);
  });
});
