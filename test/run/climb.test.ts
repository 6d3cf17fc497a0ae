/** Whether a way leads from somebody up to a group: in any company, whatever Google does not say. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sourceId } from "../../src/core/model.ts";
import { isUnsure } from "../../src/google/witness.ts";
import type { Unsure } from "../../src/google/witness.ts";
import { isWayUp } from "../../src/run/climb.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { search } from "../search.ts";
import { begun } from "./begun.ts";

const MOST = 6;
const UNSAID: Unsure = { state: "unsure", why: "nobody says", todo: "", hidden: true };
const LOW = [0, 1, 2];
const HIGH = [2, 3, 4, 5];
const rarely = <T>(what: fc.Arbitrary<readonly T[]>): fc.Arbitrary<readonly T[]> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: what });
const some = fc.subarray([0, 1, 2, 3, 4, 5]);
const company = fc.record({
  /** In which groups the user, and everybody, has a row. */
  ...{ own: fc.subarray(LOW), everybody: rarely(fc.subarray(LOW)) },
  /** A lower group in a higher one. */
  steps: fc.subarray(
    Array.from({ length: MOST }, (_, high) =>
      Array.from({ length: high }, (__, low) => [low, high] as const),
    ).flat(),
    { minLength: 4, maxLength: 10 },
  ),
  ends: fc.subarray(HIGH),
  /** Of which groups nobody says whether they are an end. */
  doubted: rarely(some),
  /** Of which groups, and whether of the user, nobody says what is above. */
  ...{ unlisted: rarely(some), isUnlisted: fc.constantFrom(false, false, false, true) },
  /** What becomes of each step, and of the user's rows, once the index was read. */
  fates: fc.array(fc.constantFrom("holds", "holds", "gone", "unsaid"), { minLength: 10, maxLength: 10 }),
  ownFate: fc.constantFrom("holds", "holds", "holds", "gone", "unsaid"),
});

test(
  "there is one where each step holds; none where all was said; otherwise nobody knows",
  { tags: "search" },
  async () => {
    const emulator = await useEmulator();
    const { world } = await begun(emulator);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(company, async (one) => {
        count += 1;
        const { google } = emulator;
        const user = google.addUser({ email: `p${count}@example.com` });
        const groups = Array.from({ length: MOST }, (_, n) =>
          google.addGroup({ email: `g${count}-${n}@example.com` }),
        );
        const emailOf = (n: number): string => groups[n]?.email ?? "";
        const idOf = (n: number): string => groups[n]?.id ?? "";
        for (const n of one.own) google.addMember(emailOf(n), user.primaryEmail);
        for (const n of one.everybody) google.addMember(emailOf(n), "customer");
        for (const [low, high] of one.steps) google.addMember(emailOf(high), emailOf(low));
        const unlisted = [...one.unlisted.map(emailOf), ...(one.isUnlisted ? [user.id] : [])];
        const fate = (at: number): string => one.fates[at] ?? "holds";
        const unsaid = [
          ...one.steps.flatMap(([low, high], at) => (fate(at) === "unsaid" ? [[idOf(high), idOf(low)]] : [])),
          ...(one.ownFate === "unsaid" ? one.own.map((n) => [idOf(n), user.id]) : []),
        ].map(([group, member]) => `${group}/members/${member}`);
        let isRead = false;
        const changeOnce = (): void => {
          if (isRead) return;
          isRead = true;
          for (const [at, [low, high]] of one.steps.entries())
            if (fate(at) === "gone") google.removeMember(emailOf(high), emailOf(low));
          if (one.ownFate === "gone")
            for (const n of one.own) google.removeMember(emailOf(n), user.primaryEmail);
        };
        const { remove } = emulator.fault({
          when: ({ operation, query, path }) => {
            if (operation === "groups.list")
              return unlisted.some((key) => query["query"] === `memberKey=${key}`);
            if (operation !== "members.get") return false;
            changeOnce();
            return unsaid.some((tail) => path.endsWith(tail));
          },
          times: Infinity,
          do: { status: 403 },
        });
        const isEnd = async ({ id }: { readonly id: string }) => {
          const n = groups.findIndex((group) => group.id === id);
          return one.doubted.includes(n) ? UNSAID : one.ends.includes(n);
        };
        const answer = await isWayUp(sourceId(user.id), isEnd, world.witness);
        remove();
        for (const { email } of groups) google.deleteGroup(email);

        // By plain search: what the index shows, what of it holds, and what may.
        const reach = (fates: readonly string[]): ReadonlySet<number> => {
          const own = !one.isUnlisted && fates.includes(one.ownFate) ? one.own : [];
          const found = new Set<number>([...own, ...one.everybody]);
          for (const low of found)
            for (const [at, [from, to]] of one.steps.entries())
              if (from === low && !one.unlisted.includes(low) && fates.includes(fate(at))) found.add(to);
          return found;
        };
        const isThere = (where: ReadonlySet<number>): boolean =>
          [...where].some((n) => one.ends.includes(n) && !one.doubted.includes(n));
        const shown = reach(["holds", "unsaid", "gone"]);
        const isSilent =
          one.isUnlisted || [...shown].some((n) => one.unlisted.includes(n) || one.doubted.includes(n));
        const told = isUnsure(answer) ? "unsure" : answer;
        if (isThere(reach(["holds"]))) expect(told).toBe(true);
        else if (isSilent || isThere(reach(["holds", "unsaid"]))) expect(told).toBe("unsure");
        else if (unsaid.length === 0) expect(told).toBe(false);
        else expect(told).not.toBe(true);
      }),
      { ...search(160), endOnFailure: true },
    );
  },
);

test("each step is asked about once, though groups lie in each other by more than one way", async () => {
  const emulator = await useEmulator();
  const { google } = emulator;
  const user = google.addUser({ email: "p@example.com" });
  const names = ["low", "left", "right", "top"].map((name) => `${name}@example.com`);
  const [low = "", left = "", right = "", top = ""] = names;
  for (const email of names) google.addGroup({ email });
  google.addMember(low, user.primaryEmail);
  for (const [into, one] of [
    [left, low],
    [right, low],
    [top, left],
    [top, right],
  ] as const)
    google.addMember(into, one);
  const { world } = await begun(emulator);
  // The user's own row goes after the index was read: the whole way down is walked.
  emulator.fault({
    when: ({ operation }) => {
      if (operation === "members.get") google.removeMember(low, user.primaryEmail);
      return false;
    },
    do: "cut",
  });
  expect(await isWayUp(sourceId(user.id), async () => true, world.witness)).toBe(false);
  const paths = emulator.requests.flatMap(({ operation, path }) =>
    operation === "members.get" ? [path] : [],
  );
  expect(new Set(paths).size).toBe(paths.length);
});

test("of an account, or a group, that is gone nothing is unsaid", async () => {
  const emulator = await useEmulator();
  const { google } = emulator;
  const user = google.addUser({ email: "p@example.com" });
  const stays = google.addUser({ email: "q@example.com" });
  const group = google.addGroup({ email: "g@example.com" });
  for (const { primaryEmail } of [user, stays]) google.addMember(group.email, primaryEmail);
  const noWay = async (id: string): Promise<unknown> => {
    const { world } = await begun(emulator);
    const answer = await isWayUp(sourceId(id), async () => false, world.witness);
    return isUnsure(answer) ? "unsure" : answer;
  };
  emulator.fault({
    when: ({ operation, query }) =>
      operation === "groups.list" && query["query"] === `memberKey=${group.email}`,
    times: Infinity,
    do: { status: 403 },
  });
  expect(await noWay(user.id)).toBe("unsure");
  const { remove } = emulator.fault({
    when: ({ operation, path }) => operation === "groups.get" && path.endsWith(group.id),
    times: Infinity,
    do: { status: 404 },
  });
  expect(await noWay(user.id)).toBe(false);
  remove();
  google.deleteUser(user.primaryEmail);
  emulator.fault({
    when: ({ operation, query }) => operation === "groups.list" && query["query"] === `memberKey=${user.id}`,
    times: Infinity,
    do: { status: 403 },
  });
  expect(await noWay(user.id)).toBe(false);
});

test("of everybody's row nothing is known where Google does not say whose it is: then nobody is out by it", async () => {
  const emulator = await useEmulator();
  const { google } = emulator;
  const user = google.addUser({ email: "p@example.com" });
  google.addMember(google.addGroup({ email: "g@example.com" }).email, "customer");
  const answer = async (): Promise<unknown> => {
    const { world } = await begun(emulator);
    return isWayUp(sourceId(user.id), async () => true, world.witness);
  };
  expect(await answer()).toBe(true);
  const { remove } = emulator.fault({
    when: ({ operation, query }) =>
      operation === "groups.list" && query["query"]?.includes(user.id) === false,
    times: Infinity,
    do: { status: 403 },
  });
  expect(await answer()).toMatchObject({ state: "unsure" });
  remove();
  emulator.fault({
    when: ({ operation, query }) => operation === "users.get" && query["fields"] === "kind,customerId",
    times: Infinity,
    do: { status: 403 },
  });
  expect(await answer()).toMatchObject({ state: "unsure" });
  google.addMember(google.addGroup({ email: "h@example.com" }).email, user.primaryEmail);
  expect(await answer()).toBe(true);
});
