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
const numbers = fc.uniqueArray(fc.integer({ min: 0, max: MOST - 1 }));
/** A lower group in a higher one. */
const steps = fc.uniqueArray(
  fc
    .tuple(fc.integer({ min: 0, max: MOST - 2 }), fc.integer({ min: 1, max: MOST - 1 }))
    .filter(([low, high]) => low < high),
  { maxLength: 8, selector: ([low, high]) => `${low} ${high}` },
);
const company = fc.record({
  /** In which groups the user, and everybody, has a row. */
  own: numbers,
  everybody: numbers,
  steps,
  ends: numbers,
  /** Of which groups nobody says whether they are an end. */
  doubted: numbers,
  /** Of which groups, and whether of the user, Google does not list the groups above. */
  unlisted: numbers,
  isUnlisted: fc.boolean(),
  /** Which steps up, and whether the user's own, Google does not confirm. */
  unconfirmed: fc.uniqueArray(fc.integer({ min: 0, max: 7 })),
  isUnconfirmed: fc.boolean(),
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
        // Who asks for what is hidden gets 403.
        const refused = [...one.unlisted.map((n) => emailOf(n)), ...(one.isUnlisted ? [user.id] : [])];
        const steps = one.steps.filter((_, at) => one.unconfirmed.includes(at));
        const unconfirmed = [
          ...steps.map(([low, high]) => [idOf(high), idOf(low)]),
          ...(one.isUnconfirmed ? one.own.map((n) => [idOf(n), user.id]) : []),
        ].map(([group, member]) => `${group}/members/${member}`);
        const { remove } = emulator.fault({
          when: ({ operation, query, path }) =>
            (operation === "groups.list" && refused.some((key) => query["query"] === `memberKey=${key}`)) ||
            (operation === "members.get" && unconfirmed.some((tail) => path.endsWith(tail))),
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

        // By plain search: what the index shows, then what of it is confirmed.
        const above = new Set<number>([...(one.isUnlisted ? [] : one.own), ...one.everybody]);
        for (const low of above)
          if (!one.unlisted.includes(low))
            for (const [from, to] of one.steps) if (from === low) above.add(to);
        const isSilent =
          one.isUnlisted || [...above].some((n) => one.unlisted.includes(n) || one.doubted.includes(n));
        const sure = new Set<number>([
          ...one.everybody,
          ...(one.isUnlisted || one.isUnconfirmed ? [] : one.own),
        ]);
        for (const low of sure)
          if (!one.unlisted.includes(low))
            for (const step of one.steps) if (step[0] === low && !steps.includes(step)) sure.add(step[1]);
        const isThere = (some: ReadonlySet<number>): boolean =>
          [...some].some((n) => one.ends.includes(n) && !one.doubted.includes(n));
        const expected = isThere(sure) ? true : isThere(above) || isSilent ? "unsure" : false;
        expect(isUnsure(answer) ? "unsure" : answer).toBe(expected);
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
  emulator.fault({
    when: ({ operation, query }) => operation === "users.get" && query["fields"] === "kind,customerId",
    times: Infinity,
    do: { status: 403 },
  });
  expect(await answer()).toMatchObject({ state: "unsure" });
  google.addMember(google.addGroup({ email: "h@example.com" }).email, user.primaryEmail);
  expect(await answer()).toBe(true);
});
