import { describe, expect, test } from "vitest";
import { membersOf, nestedIn, rowsOf } from "../../src/core/nesting.ts";
import type { Skip } from "../../src/core/reason.ts";
import type { Source, SourceGroup, SourceMember } from "../../src/core/model.ts";
import { sourceId } from "../../src/core/model.ts";
import { ada, bob, company, cy, dee, devs, human, ops, team } from "./world.ts";
import type { Filled } from "./world.ts";

const everyone = [ada, bob, cy, dee];
const night = team(3, "Night");

function read(source: Source, group: SourceGroup): { members: readonly string[]; skips: readonly Skip[] } {
  const skips: Skip[] = [];
  const people = new Map(source.users.map((user) => [user.id, user]));
  const members = membersOf(group.id, rowsOf(source, people, skips), source);
  return { members: everyone.filter((user) => members.has(user.id)).map((user) => user.givenName), skips };
}

const inDevs = (groups: readonly Filled[], more?: Parameters<typeof company>[2]): readonly string[] =>
  read(company(everyone, groups, more), devs).members;

describe("the members of a group", () => {
  test("are its own rows and those of every group nested in it, however deep", () => {
    const groups: readonly Filled[] = [
      [devs, ada, ops],
      [ops, bob, night],
      [night, cy],
    ];
    expect(inDevs(groups)).toEqual(["Ada", "Bob", "Cy"]);
    expect(read(company(everyone, groups), ops).members).toEqual(["Bob", "Cy"]);
  });

  test("count once, by whatever way they are in", () => {
    expect(
      inDevs([
        [devs, ada, ops, night],
        [ops, ada],
        [night, ada],
      ]),
    ).toEqual(["Ada"]);
  });

  test("are found through a ring of groups, from each of them", () => {
    const ring = company(everyone, [
      [devs, ada, ops],
      [ops, bob, night],
      [night, cy, devs],
    ]);
    for (const group of [devs, ops, night]) expect(read(ring, group).members).toEqual(["Ada", "Bob", "Cy"]);
  });

  test("of a group that holds itself are its own", () => {
    expect(inDevs([[devs, ada, devs]])).toEqual(["Ada"]);
  });

  test("come from a nested group that is itself out of scope", () => {
    expect(inDevs([[devs, ops]], { nested: [[ops, bob]] })).toEqual(["Bob"]);
  });

  test("are everybody where a row says so, directly or below", () => {
    expect(inDevs([[devs, "everybody"]])).toEqual(["Ada", "Bob", "Cy", "Dee"]);
    expect(inDevs([[devs, ops]], { nested: [[ops, "everybody"]] })).toEqual(["Ada", "Bob", "Cy", "Dee"]);
  });

  test("are found by id, whatever address the row shows", () => {
    const row: SourceMember = { id: ada.id, email: "countess@example.com", type: "user" };
    expect(inDevs([[devs, row]])).toEqual(["Ada"]);
  });

  test("are people: neither a nested group nor the row for everybody is one", () => {
    const source = company(everyone, [[devs, ada, ops, "everybody"]], { nested: [[ops, bob]] });
    const rows = rowsOf(source, new Map(everyone.map((user) => [user.id, user])), []);
    const ids = [...membersOf(devs.id, rows, source)].toSorted();
    expect(ids).toEqual(everyone.map((user) => user.id).toSorted());
  });
});

describe("a row that can't count is skipped with a reason", () => {
  test("somebody of another company", () => {
    const guest = human(99, "Guest", "Elsewhere", { email: "guest@partner.example" });
    const { members, skips } = read(company(everyone, [[devs, ada, guest]]), devs);
    expect(members).toEqual(["Ada"]);
    expect(skips).toMatchObject([
      {
        about: { kind: "user", source: guest.id, label: "guest@partner.example" },
        within: { kind: "group", source: devs.id, label: devs.email },
        reason: { code: "external" },
      },
    ]);
  });

  test("a group of another company", () => {
    const partner = team(50, "Partner", { email: "all@partner.example" });
    const { skips } = read(company(everyone, [[devs, ada, partner]], { outside: [partner] }), devs);
    expect(skips).toMatchObject([
      { about: { kind: "group", label: "all@partner.example" }, reason: { code: "outside-group" } },
    ]);
  });

  test("what is neither a user nor a group", () => {
    const device: SourceMember = { id: sourceId("x"), email: "", type: "other" };
    const { skips } = read(company(everyone, [[devs, device]]), devs);
    expect(skips).toMatchObject([{ about: { label: "x" }, reason: { code: "not-a-person" } }]);
  });

  test("and it is told of the nested group in which it was met", () => {
    const guest = human(99, "Guest", "Elsewhere", { email: "guest@partner.example" });
    const source = company(everyone, [[devs, ops]], { nested: [[ops, guest]] });
    expect(read(source, devs).skips).toMatchObject([
      { within: { source: ops.id, label: ops.email }, reason: { code: "external" } },
    ]);
  });
});

test("the groups below a group are named once each, itself first", () => {
  const source = company(everyone, [[devs, ada, ops, night]], {
    nested: [
      [ops, bob, night],
      [night, devs],
    ],
  });
  expect(nestedIn(devs.id, source)).toEqual([devs.id, ops.id, night.id]);
  expect(nestedIn(night.id, source)).toEqual([night.id, devs.id, ops.id]);
});
