import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { backdate } from "./day.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

const today = (): string => new Date().toISOString().slice(0, 10);

/** A synced small company with these settings. */
async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

describe("a user who left", () => {
  test(
    "is disabled, out of all groups and marked at once, and deleted on the day the grace is over",
    { tags: "long" },
    async () => {
      const j = await settled();
      const { id } = j.google.user(at("ivan"));
      j.google.deleteUser(at("ivan"));
      await j.sync();
      expect(j.aws.user(at("ivan"))).toMatchObject({
        active: false,
        externalId: `ssosync-retired.${today()}.${id}`,
      });
      expect(j.aws.membersOf("aws-engineers")).not.toContain(at("ivan"));
      await j.settle();

      backdate(j, at("ivan"), 30);
      await j.sync();
      expect(j.writes()).toEqual([]);
      await j.settle();

      backdate(j, at("ivan"), 31);
      await j.sync();
      expect(outcomesOf(j, "applied")).toEqual(["user.delete ivan@example.com"]);
      await j.settle();
      expect(j.aws.findUser(at("ivan"))).toBeUndefined();
    },
  );

  test("is disabled before anything else is written", async () => {
    const j = await settled();
    j.google.deleteUser(at("ivan"));
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    const { id } = j.aws.user(at("ivan"));
    await j.sync();
    expect(j.writes()[0]).toBe(`PATCH /Users/${id}`);
  });

  test("is deleted in the same run with DELETE_GRACE_DAYS=0", async () => {
    const j = await settled({ DELETE_GRACE_DAYS: "0" });
    j.google.deleteUser(at("ivan"));
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual([
      "members.remove aws-engineers ivan@example.com",
      "user.delete ivan@example.com",
      "user.disable ivan@example.com",
      "user.retire ivan@example.com",
    ]);
    await j.settle();
  });

  test("is never deleted with DELETE_GRACE_DAYS=never", async () => {
    const j = await settled({ DELETE_GRACE_DAYS: "never" });
    j.google.deleteUser(at("ivan"));
    await j.sync();
    backdate(j, at("ivan"), 4000);
    await j.sync();
    expect(j.writes()).toEqual([]);
    await j.settle();
  });

  test("who left for lack of any group is revoked in the same way", async () => {
    const j = await settled();
    j.google.removeMember(at("aws-readonly"), at("kim"));
    await j.sync();
    expect(j.aws.user(at("kim")).active).toBe(false);
    await j.settle();
  });

  test("keeps his id, gets his groups back and loses the mark when he returns", async () => {
    const j = await settled();
    const person = j.google.user(at("ivan"));
    const { id } = j.aws.user(at("ivan"));
    j.google.deleteUser(at("ivan"));
    await j.sync();
    j.google.undeleteUser(person.id);
    j.google.addMember(at("aws-admins"), at("ivan"));
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual([
      "members.add aws-admins ivan@example.com",
      "user.restore ivan@example.com",
    ]);
    expect(j.aws.user(at("ivan"))).toMatchObject({ id, active: true, externalId: person.id });
    await j.settle();
  });

  test(
    "returns disabled when they are suspended, and gets no groups until they are active",
    { tags: "long" },
    async () => {
      const j = await settled();
      const person = j.google.user(at("ivan"));
      j.google.deleteUser(at("ivan"));
      await j.sync();
      j.google.undeleteUser(person.id);
      j.google.suspend(at("ivan"));
      j.google.addMember(at("aws-admins"), at("ivan"));
      await j.sync();
      expect(j.aws.user(at("ivan"))).toMatchObject({
        ...{ active: false, externalId: `ssosync-suspended.${today()}.${person.id}` },
      });
      expect(j.aws.membersOf("aws-admins")).not.toContain(at("ivan"));
      await j.quiet();
      j.google.suspend(at("ivan"), false);
      await j.sync();
      expect(j.aws.user(at("ivan"))).toMatchObject({ active: true, externalId: person.id });
      expect(j.aws.membersOf("aws-admins")).toContain(at("ivan"));
      await j.settle();
    },
  );

  test("is disabled again when somebody enabled him by hand", async () => {
    const j = await settled();
    j.google.deleteUser(at("ivan"));
    await j.sync();
    j.aws.user(at("ivan")).active = true;
    j.aws.addMembership("aws-admins", at("ivan"));
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual([
      "members.remove aws-admins ivan@example.com",
      "user.disable ivan@example.com",
    ]);
    await j.settle();
  });
});

describe("a deletion that is due", () => {
  /** Marked so long ago that this run deletes it; `meanwhile` happens after everything has been read. */
  async function due(meanwhile: (j: Journey) => void): Promise<Journey> {
    const j = await settled();
    j.google.deleteUser(at("ivan"));
    j.google.deleteGroup(at("aws-admins"));
    await j.sync();
    backdate(j, at("ivan"), 31);
    backdate(j, "aws-admins", 31);
    const once = { done: false };
    j.emulator.fault({
      when: ({ service, method, path }) => {
        // The one read just before a deletion is the first look at a single object.
        if (!once.done && service === "scim" && method === "GET" && /\/(Users|Groups)\/./.test(path)) {
          const own = path.endsWith(j.aws.user(at("ivan")).id) || path.endsWith(j.aws.group("aws-admins").id);
          if (own) {
            once.done = true;
            meanwhile(j);
          }
        }
        return false;
      },
      do: { status: 500 },
    });
    return j;
  }

  test("is not carried out on a user whom somebody enabled meanwhile", { tags: "long" }, async () => {
    const j = await due(({ aws }) => void (aws.user(at("ivan")).active = true));
    const { id } = j.aws.user(at("ivan"));
    await j.run();
    expect(j.aws.user(at("ivan"))).toMatchObject({ id, active: true });
    expect(outcomesOf(j, "skipped")).toEqual(["user.delete ivan@example.com"]);
  });

  test("is not carried out on what somebody restored meanwhile", async () => {
    const j = await due(({ aws }) => {
      delete aws.user(at("ivan")).externalId;
      delete aws.group("aws-admins").externalId;
    });
    await j.run();
    expect(outcomesOf(j, "skipped")).toEqual(["group.delete aws-admins", "user.delete ivan@example.com"]);
    expect(j.aws.findGroup("aws-admins")).toBeDefined();
    expect(j.aws.findUser(at("ivan"))).toBeDefined();
  });

  test("is not carried out on a group that somebody put a member into meanwhile", async () => {
    const j = await due(({ aws }) => void aws.addMembership("aws-admins", at("linus")));
    await j.run();
    expect(outcomesOf(j, "skipped")).toEqual(["group.delete aws-admins"]);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("linus")]);
  });

  test("counts as done when the object is gone already", async () => {
    const j = await due(({ aws }) => {
      aws.deleteUser(at("ivan"));
      aws.deleteGroup("aws-admins");
    });
    await j.sync();
    await j.quiet();
  });
});

describe("a group that is gone", () => {
  test("is emptied and marked at once, and deleted after the grace", { tags: "long" }, async () => {
    const j = await settled();
    const { id } = j.google.group(at("aws-backend"));
    j.google.deleteGroup(at("aws-backend"));
    j.google.addMember(at("aws-engineers"), at("zoe"));
    j.google.addMember(at("aws-engineers"), at("otto"));
    await j.sync();
    expect(j.aws.group("aws-backend").externalId).toBe(`ssosync-retired.${today()}.${id}`);
    expect(j.aws.membersOf("aws-backend")).toEqual([]);
    await j.settle();

    backdate(j, "aws-backend", 30);
    await j.sync();
    expect(j.writes()).toEqual([]);
    backdate(j, "aws-backend", 31);
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual(["group.delete aws-backend"]);
    await j.settle();
  });

  test(
    "is deleted in the same run with DELETE_GRACE_DAYS=0, and never with never",
    { tags: "long" },
    async () => {
      const j = await settled({ DELETE_GRACE_DAYS: "0" });
      j.google.addMember(at("aws-readonly"), at("aws-engineers"));
      await j.sync();
      j.google.deleteGroup(at("aws-admins"));
      await j.sync();
      expect(j.aws.findGroup("aws-admins")).toBeUndefined();
      await j.settle();

      const k = await settled({ DELETE_GRACE_DAYS: "never" });
      k.google.deleteGroup(at("aws-admins"));
      await k.sync();
      backdate(k, "aws-admins", 9000);
      await k.sync();
      expect(k.writes()).toEqual([]);
      await k.settle();
    },
  );

  test("is not deleted while an unmanaged user is in it, who stays a member", async () => {
    const j = await settled();
    j.aws.addUser({ userName: "break-glass" });
    j.aws.addMembership("aws-admins", "break-glass");
    j.google.deleteGroup(at("aws-admins"));
    await j.sync();
    backdate(j, "aws-admins", 31);
    backdate(j, at("ada"), 31);
    backdate(j, at("grace"), 31);
    await j.run();
    expect(j.aws.membersOf("aws-admins")).toEqual(["break-glass"]);
    await j.settle();
  });

  test(
    "is restored in place, with its id and its members, when it comes back into scope",
    { tags: "long" },
    async () => {
      const j = await settled({ GROUP_MATCH: "name:aws-*" });
      const { id } = j.aws.group("aws-admins");
      const { id: googleId } = j.google.group(at("aws-admins"));
      j.google.nameGroup(at("aws-admins"), "old admins");
      await j.sync();
      expect(j.aws.group(id).externalId).toBe(`ssosync-retired.${today()}.${googleId}`);
      await j.settle();
      j.google.nameGroup(at("aws-admins"), "aws-admins");
      await j.sync();
      expect(j.aws.group("aws-admins")).toMatchObject({ id, externalId: googleId });
      expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
      await j.settle();
    },
  );
});
