/** Whatever AWS refuses of a description: that alone is missing, and is told. */
import { describe, expect, test } from "vitest";
import type { UserDetail } from "../../src/core/attributes.ts";
import type { Change, Named, UserPatch } from "../../src/core/change.ts";
import { targetId } from "../../src/core/model.ts";
import type { User } from "../../src/core/model.ts";
import type { Result } from "../../src/run/outcome.ts";
import { OutOfTime } from "../../src/traffic/deadline.ts";
import { ada } from "../aws/stage.ts";
import { userId } from "../core/world.ts";
import type { FaultAction } from "../emulator/faults.ts";
import { enterpriseUser } from "../emulator/scim-shapes.ts";
import { directory, told } from "./written.ts";
import type { Directory } from "./written.ts";

const PATHS = {
  title: "title",
  department: `${enterpriseUser}:department`,
  phoneNumber: "phoneNumbers",
} as const satisfies Partial<Record<UserDetail, string>>;
type Detail = keyof typeof PATHS;
const DETAILS = Object.keys(PATHS) as Detail[];
const analyst: User = { ...ada, title: "Analyst", department: "R&D", phoneNumber: "+1 555" };

/** Every choice of these, none and all among them. */
const choices = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  all.reduce<readonly (readonly T[])[]>(
    (found, one) => [...found, ...found.map((some) => [...some, one])],
    [[]],
  );

/** Of what AWS takes, what is told: refused details each by itself, in the order of the patch. */
const failedOf = (refused: readonly Detail[], what: "removal" | "value" = "value") =>
  refused.map((detail) => `failed user.update ${detail}: detail-refused (${what})`);

const NAMES_REFUSED = "failed user.update givenName, familyName, displayName: refused";

/** What was written of the details, one by one. */
const writtenIn = (results: readonly Result[]): readonly string[] =>
  results
    .flatMap(({ status, change }) =>
      status === "applied" && change.kind === "user.update" ? Object.keys(change.patch) : [],
    )
    .toSorted();

const failuresIn = (results: readonly Result[]): readonly string[] =>
  results.filter(({ status }) => status !== "applied").map(told);

function refuseDetails({ emulator }: Directory, refused: readonly Detail[]): void {
  emulator.aws.policy.takes = (path) => !refused.some((detail) => PATHS[detail] === path);
}

/** Whatever is sent with this text in it gets this answer. */
function answerTo({ emulator }: Directory, text: string, answer: FaultAction): void {
  emulator.fault({
    when: ({ service, method, body }) =>
      service === "scim" && method !== "GET" && JSON.stringify(body ?? "").includes(text),
    times: Infinity,
    do: answer,
  });
}

const REFUSAL = { status: 400, body: { detail: "no" } };
const make = (user: User): Change => ({ kind: "user.create", user, needs: [] });

describe("of somebody new", () => {
  test.each(choices<Detail | "names">([...DETAILS, "names"]).map((refused) => [refused.join(", "), refused]))(
    "AWS refuses %s: they are made, and have the rest",
    async (_, all) => {
      const refused = DETAILS.filter((detail) => all.includes(detail));
      const hasNames = !all.includes("names");
      const there = await directory();
      refuseDetails(there, refused);
      if (!hasNames) answerTo(there, "Lovelace", REFUSAL);
      const results = await there.write(make(analyst));
      const user = await there.target.user(targetId(there.emulator.aws.user("ada@example.com").id));
      const { givenName, familyName, displayName } = hasNames
        ? ada
        : { givenName: "ada", familyName: "-", displayName: "ada" };
      const kept = DETAILS.filter((detail) => !refused.includes(detail));
      const details = Object.fromEntries(kept.map((detail) => [detail, analyst[detail]]));
      const { id, createdAt, ...found } = { ...user };
      expect(found).toEqual({ ...ada, ...details, givenName, familyName, displayName });
      expect(results.slice(0, 1)).toMatchObject([{ status: "applied", change: make(analyst), targetId: id }]);
      expect(failuresIn(results)).toEqual([...(hasNames ? [] : [NAMES_REFUSED]), ...failedOf(refused)]);
      expect(writtenIn(results)).toEqual(all.length === 0 ? [] : kept.toSorted());
      // What they were before is what they were made as.
      for (const { change } of results.slice(1))
        expect(change).toMatchObject({
          ...{ id, cause: "differs", needs: [] },
          before: { ...ada, id, createdAt: "", givenName, familyName, displayName },
        });
      if (refused.length === 0) expect(there.sent("PATCH")).toBe(all.length === 0 ? 0 : 1);
    },
  );

  test.each([
    [403, 2, ["title, department, phoneNumber"]],
    [409, 2, ["title, department, phoneNumber"]],
    [500, 3, ["title, department, phoneNumber"]],
  ] as const)(
    "a refusal of details with %i, which does not say of which, costs all of them",
    async (status, posts, lost) => {
      const there = await directory();
      answerTo(there, "Analyst", { status, body: { detail: "no" } });
      const results = await there.write(make(analyst));
      expect(results.map(told)).toEqual([
        "applied user.create",
        ...lost.map((names) => `failed user.update ${names}: refused`),
      ]);
      expect(there.sent("POST")).toBe(posts);
      expect(there.emulator.aws.users).toHaveLength(1);
    },
  );

  const slow = { status: 400, headers: { "x-amzn-errortype": "ThrottlingException" }, body: {} };
  const plain: User = { ...ada, givenName: "ada", familyName: "-", displayName: "ada" };
  test.each([
    ["404, which is of no attribute", analyst, { status: 404, body: { detail: "no" } }, 1],
    ["a 400 that is about the speed", analyst, slow, 2],
    ["a connection that breaks", analyst, "drop-before", 2],
    ["401, which is about the token", analyst, { status: 401 }, 1],
    ["403, where there are no details", ada, { status: 403, body: { detail: "no" } }, 1],
    ["400, where names and details are refused and nothing else is left", analyst, REFUSAL, 3],
    ["400, where there are neither details nor other names", plain, REFUSAL, 1],
  ] satisfies [string, User, FaultAction, number][])(
    "all is refused with %s: nobody is made",
    async (_, user, answer, posts) => {
      const there = await directory();
      answerTo(there, ada.email, answer);
      expect((await there.write(make(user))).map(told)).toEqual(["failed user.create: refused"]);
      expect(there.sent("POST")).toBe(posts);
      expect(there.emulator.aws.users).toEqual([]);
    },
  );

  test("who is there already, with our id, nothing else is written", async () => {
    const there = await directory();
    await there.write(make(ada));
    expect((await there.write(make(ada))).map(told)).toEqual(["applied user.create: already-there"]);
  });
});

describe("of somebody who is there", () => {
  const patch: UserPatch = {
    givenName: "Augusta",
    familyName: "King",
    title: "Analyst",
    department: "",
    phoneNumber: "+1 555",
  };
  const whatOf = (detail: Detail) => (detail === "department" ? "removal" : "value");

  /** Somebody with a department, and the change that describes them anew. */
  async function known({ target }: Directory, n: number, wanted: UserPatch): Promise<Change> {
    const email = `p${n}@example.com`;
    const user: User = { ...ada, externalId: userId(n), userName: email, email, department: "R&D" };
    const { id } = await target.createUser(user);
    const before = { ...user, id, createdAt: "" };
    return { kind: "user.update", id, before, patch: wanted, cause: "differs", needs: [] };
  }

  test.each(choices<Detail | "names">([...DETAILS, "names"]).map((refused) => [refused.join(", "), refused]))(
    "AWS refuses %s: they have the rest, and details are not tried again with others",
    async (_, all) => {
      const refused = DETAILS.filter((detail) => all.includes(detail));
      const there = await directory();
      const changes = [await known(there, 1, patch), await known(there, 2, patch)];
      const ofRefused = Object.fromEntries(refused.map((detail) => [detail, patch[detail]])) as UserPatch;
      const third = await known(there, 3, ofRefused);
      refuseDetails(there, refused);
      if (all.includes("names")) answerTo(there, "Augusta", REFUSAL);
      const names = all.includes("names") ? ["failed user.update givenName, familyName: refused"] : [];
      const failed = refused.flatMap((detail) => failedOf([detail], whatOf(detail)));
      const skipped = refused.map((detail) => `skipped user.update ${detail}: refused-before`);
      const results = [await there.write(changes[0]!), await there.write(changes[1]!)];
      expect(results.map(failuresIn)).toEqual([
        [...names, ...failed],
        [...names, ...skipped],
      ]);
      const written = Object.keys(patch).filter((name) =>
        name in PATHS ? !refused.some((one) => one === name) : !all.includes("names"),
      );
      expect(results.map(writtenIn)).toEqual([written.toSorted(), written.toSorted()]);
      for (const [n, own] of results.entries())
        for (const { change } of own) expect(change).toMatchObject({ ...changes[n], patch: {} });
      const before = there.sent("PATCH");
      if (refused.length > 0) expect((await there.write(third)).map(told)).toEqual(skipped);
      expect(there.sent("PATCH")).toBe(before);
      for (const n of [1, 2]) {
        const { id } = there.emulator.aws.user(`p${n}@example.com`);
        expect(await there.target.user(targetId(id))).toMatchObject(
          Object.fromEntries(
            written.filter((name) => name !== "department").map((name) => [name, patch[name as Detail]]),
          ),
        );
        const { department } = (there.emulator.aws.user(id).extra[enterpriseUser] ?? {}) as UserPatch;
        expect(department).toBe(refused.includes("department") ? "R&D" : undefined);
      }
    },
  );

  test("what is refused of one value is tried with another, and a removal with a value", async () => {
    const there = await directory();
    refuseDetails(there, ["title"]);
    for (const [n, title] of ["Analyst", "Boss", ""].entries())
      expect((await there.write(await known(there, n + 1, { title }))).map(told)).toEqual(
        failedOf(["title"], title === "" ? "removal" : "value"),
      );
  });

  test("a refusal with 403, which does not say of what, costs all of it, and the next one is tried", async () => {
    const there = await directory();
    const changes = [await known(there, 1, patch), await known(there, 2, { title: "Analyst" })];
    answerTo(there, "Analyst", { status: 403, body: { detail: "no" } });
    const again = [changes[1]!, changes[1]!];
    for (const change of [changes[0]!, ...again])
      expect((await there.write(change)).map(told)).toEqual([
        `failed user.update ${Object.keys("patch" in change ? change.patch : {}).join(", ")}: refused`,
      ]);
    expect(there.sent("PATCH")).toBe(3);
  });

  test("nothing is told where the time was over before AWS answered", async () => {
    const time = new AbortController();
    const there = await directory(time.signal);
    const change = await known(there, 1, patch);
    time.abort(new OutOfTime("The run is over."));
    expect(await there.write(change)).toEqual([]);
  });
});

describe("a manager", () => {
  const people = [1, 2].map((n) => ({ externalId: userId(n), label: `p${n}@example.com` }));

  test.each(choices([0, 1]).map((made) => [made.length, made]))(
    "is set once both are there, of whom are there %i",
    async (_, made) => {
      const there = await directory();
      for (const n of made) {
        const email = people[n]!.label;
        const { id } = await there.target.createUser({
          ...ada,
          externalId: userId(n + 1),
          userName: email,
          email,
        });
        there.ledger.users.set(userId(n + 1), id);
      }
      const [user, manager] = people as [Named, Named];
      const results = await there.write({ kind: "user.manager", user, manager });
      expect(results.map(told)).toEqual([
        made.length === 2 ? "applied user.manager" : "skipped user.manager: depends-on",
      ]);
      const missing = people.find((__, n) => !made.includes(n));
      if (missing !== undefined)
        expect(results[0]?.reason).toMatchObject({
          code: "depends-on",
          what: "user",
          on: { source: missing.externalId },
        });
      else
        expect(there.emulator.aws.user("p1@example.com").extra[enterpriseUser]).toMatchObject({
          manager: { value: there.emulator.aws.user("p2@example.com").id },
        });
    },
  );
});
