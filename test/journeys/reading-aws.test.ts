/** Runs in which AWS tells less than there is, or cannot tell it. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";

test.each([
  ["scim", []],
  ["both", [`user.disable ${at("mona")}`]],
])(
  "with AWS_READ=%s, a directory that answers with its first page alone is not read at all, and %j is all that is done",
  async (AWS_READ, done) => {
    const here = await journey({ settings: { AWS_READ } });
    await here.sync();
    here.google.deleteUser(at("mona"));
    here.aws.policy.cursor = "ignored";
    expect(await here.failure()).toMatch(/page by page, .* set AWS_READ=identitystore/);
    expect(outcomesOf(here, "applied")).toEqual(done);
    expect(here.writes()).toHaveLength(done.length);
    await here.sync({}, { settings: { AWS_READ: "identitystore" } });
    expect(here.aws.user(at("mona")).active).toBe(false);
  },
);

test(
  "a user deleted between the reading and the first write does not end the run as another directory would",
  { tags: "long" },
  async () => {
    const here = await journey();
    await here.sync();
    here.google.deleteUser(at("mona"));
    const [first] = here.aws.users;
    here.emulator.fault({
      when: ({ operation, path }) => {
        const asked = operation === "GetUser" && path.endsWith(first?.id ?? "");
        if (asked && here.aws.users.includes(first as never)) here.aws.deleteUser(first?.id ?? "");
        return false;
      },
      do: "drop-before",
    });
    await here.run();
    expect(here.aws.users).not.toContain(first);
    expect(here.aws.user(at("mona")).active).toBe(false);
    await here.sync();
    await here.settle();
  },
);

test("a user whose creation was answered into the void is created once, however late the filters show it", async () => {
  const here = await journey();
  here.emulator.fault({ when: { operation: "CreateUser", nth: 3 }, do: "drop-after" });
  here.emulator.fault({
    when: ({ operation, query }) => operation === "ListUsers" && query["filter"]?.includes(" eq ") === true,
    times: 4,
    do: {
      status: 200,
      body: { totalResults: 0, itemsPerPage: 0, startIndex: 1, schemas: [], Resources: [] },
    },
  });
  await here.sync();
  await here.settle();
});

test.each([
  ["nothing", "", /mona@example\.com: .* answered 200 with nothing/],
  ["null", "null", /mona@example\.com: .* not in the expected form/],
  ["a text", '"done"', /mona@example\.com: .* not in the expected form/],
  ["a list", "[]", /mona@example\.com: .* not in the expected form/],
  ["an object of no kind", {}, /mona@example\.com: .* not in the expected form/],
  ["somebody else", { id: "11111111-2222" }, /mona@example\.com: .* not in the expected form \(id\)/],
])("a leaver whose disabling is answered with %s is not told as disabled", async (_, body, words) => {
  const here = await journey();
  await here.sync();
  here.google.deleteUser(at("mona"));
  here.emulator.fault({ when: { operation: "PatchUser" }, times: Infinity, do: { status: 200, body } });
  const summary = await here.run();
  expect(summary).toMatchObject({ status: "failed", failed: { "user.disable": 1 } });
  expect(summary.message).toMatch(words);
  expect(here.aws.user(at("mona")).active).toBe(true);
});
