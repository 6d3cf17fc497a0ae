/** A patch that AWS refuses as a conflict, or because nobody is there: the object itself says what that means. */
import { describe, expect, test } from "vitest";
import type { Change, GroupPatch, UserPatch } from "../../src/core/change.ts";
import { targetId } from "../../src/core/model.ts";
import { ada } from "../aws/stage.ts";
import { marked } from "../core/world.ts";
import type { FaultAction } from "../emulator/faults.ts";
import { directory, told } from "./written.ts";
import type { Directory } from "./written.ts";

const MARK = marked("2026-03-10", ada.externalId);

/** A change of each kind, about an object that is there. */
const CHANGES = {
  "user.disable": (there: Directory) => ofUser(there, { kind: "user.disable", patch: { active: false } }),
  "user.update": (there: Directory) =>
    ofUser(there, { kind: "user.update", patch: { userName: "augusta@example.com" } }),
  "group.retire": (there: Directory) => ofGroup(there, { kind: "group.retire", patch: { externalId: MARK } }),
  "group.update": (there: Directory) =>
    ofGroup(there, { kind: "group.update", patch: { name: "aws-owners" } }),
} as const;
type Kind = keyof typeof CHANGES;

function ofUser(
  { emulator }: Directory,
  what: { readonly kind: "user.disable" | "user.update"; readonly patch: UserPatch },
): Change {
  const { externalId, userName } = ada;
  const id = targetId(emulator.aws.addUser({ externalId, userName }).id);
  return { ...what, id, before: { ...ada, id, createdAt: "" }, cause: "differs", needs: [] };
}

function ofGroup(
  { emulator }: Directory,
  what: { readonly kind: "group.retire" | "group.update"; readonly patch: GroupPatch },
): Change {
  const [externalId, name] = ["03abcdefg12", "aws-admins"];
  const id = targetId(emulator.aws.addGroup({ externalId, displayName: name }).id);
  return { ...what, id, before: { externalId, name, id }, cause: "differs", needs: [] };
}

const refusal = (status: number) => ({ status, body: { detail: "no" } });
/** Another run has just written the same. */
const butSo =
  (status: number): FaultAction =>
  () =>
    refusal(status);

/** What becomes of the change when AWS answers its first so many requests so; and how often it was sent. */
async function outcome(kind: Kind, answer: FaultAction, times: number, isGone = false) {
  const there = await directory();
  const change = CHANGES[kind](there);
  if (isGone) for (const list of [there.emulator.aws.users, there.emulator.aws.groups]) list.length = 0;
  there.emulator.fault({ when: ({ method }) => method === "PATCH", times, do: answer });
  const statuses = (await there.write(change)).map(({ status }) => status);
  return [statuses, there.sent("PATCH")];
}

describe.each(["user.disable", "group.retire"] as const)("%s", (kind) => {
  test.each([
    ["a conflict that passes", refusal(409), 2, ["applied"], 3],
    ["a lasting conflict", refusal(409), Infinity, ["failed"], 3],
    ["a conflict with a run that did the same", butSo(409), Infinity, ["applied"], 1],
    ["a 404 about somebody who is there, and is as wanted", butSo(404), Infinity, ["applied"], 1],
    ["a 404 about somebody who is there, and is otherwise", refusal(404), Infinity, ["failed"], 1],
    ["another refusal, though it is as wanted", butSo(400), Infinity, ["failed"], 1],
  ] as const)("meets %s", async (_, answer, times, statuses, sent) => {
    expect(await outcome(kind, answer, times)).toEqual([statuses, sent]);
  });

  test("is done where nobody is there any more", async () => {
    expect(await outcome(kind, refusal(404), Infinity, true)).toEqual([["applied"], 1]);
    expect(await outcome(kind, refusal(409), Infinity, true)).toEqual([["applied"], 1]);
  });
});

describe.each(["user.update", "group.update"] as const)("%s", (kind) => {
  test.each([
    ["a conflict", refusal(409), ["failed"]],
    ["a conflict with a run that did the same", butSo(409), ["applied"]],
    ["another refusal, though it is as wanted", butSo(400), ["failed"]],
  ] as const)("meets %s", async (_, answer, statuses) => {
    expect(await outcome(kind, answer, Infinity)).toEqual([statuses, 1]);
  });

  test("is not done where nobody is there any more", async () => {
    expect(await outcome(kind, refusal(404), Infinity, true)).toEqual([["failed"], 1]);
    expect(await outcome(kind, refusal(409), Infinity, true)).toEqual([["failed"], 1]);
  });
});

describe("somebody who is to be retired is read just before", () => {
  const retire = async (reading: FaultAction | undefined, off = false) => {
    const there = await directory();
    const user = there.emulator.aws.addUser({ externalId: ada.externalId, userName: ada.userName });
    const id = targetId(user.id);
    const before = { ...ada, id, createdAt: "" };
    const patch = { active: false, externalId: MARK };
    if (off) user.active = false;
    if (reading !== undefined)
      there.emulator.fault({ when: ({ method }) => method === "GET", times: 1, do: reading });
    const change: Change = { kind: "user.retire", id, before, patch, cause: "gone", needs: [] };
    return { written: there.write(change), user };
  };

  test("and where AWS does not show them, they are retired all the same", async () => {
    const { written, user } = await retire(refusal(403));
    expect((await written).map(told)).toEqual(["applied user.retire active, externalId"]);
    expect(user).toMatchObject({ active: false, externalId: MARK });
  });

  test("and left to whoever disabled them meanwhile", async () => {
    const { written, user } = await retire(undefined, true);
    expect((await written).map(told)).toEqual(["skipped user.retire active, externalId: by-hand-meanwhile"]);
    expect(user.externalId).toBe(ada.externalId);
  });

  test("and nothing is done with a token that is refused", async () => {
    const { written, user } = await retire(refusal(401));
    expect((await written).map(told)).toEqual(["failed user.retire active, externalId: refused"]);
    expect(user.active).toBe(true);
  });
});
