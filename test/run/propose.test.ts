/** What a run proposes of leavers, and how it ends when a side cannot be read. */
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { SourceError } from "../../src/google/errors.ts";
import { propose } from "../../src/run/propose.ts";
import { proposeLeavers } from "../../src/run/propose-leavers.ts";
import { stopwatch } from "../../src/run/summary.ts";
import { at, fill } from "../emulator/fill.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { begun } from "./begun.ts";

/** Four people whom both sides have: ada is suspended, zoe deleted, and the others stay. */
async function company(): Promise<Emulator> {
  const emulator = await useEmulator();
  const { google, aws } = emulator;
  fill(google, { people: { ada: "Ada L", zoe: "Zoe Z", kim: "Kim K", lena: "Lena L" }, groups: {} });
  for (const name of ["ada", "zoe", "kim", "lena"])
    aws.addUser({ userName: at(name), externalId: google.user(at(name)).id });
  google.suspend(at("ada"));
  google.deleteUser(at("zoe"));
  return emulator;
}

const isListed =
  (deleted: boolean) =>
  ({ operation, query }: { readonly operation: string; readonly query: object }): boolean =>
    operation === "users.list" && "showDeleted" in query === deleted;

const refuse = (emulator: Emulator, ...deleted: readonly boolean[]): void => {
  for (const one of deleted) emulator.fault({ when: isListed(one), times: Infinity, do: { status: 403 } });
};

async function leavers(emulator: Emulator) {
  const run = await begun(emulator);
  const { plan, source, unlisted } = await proposeLeavers({ ...run, early: false }, stopwatch());
  const goes = plan.steps
    .flat()
    .map((change) => ("before" in change && "userName" in change.before ? change.before.userName : ""));
  return { goes: goes.toSorted(), unread: [...source.unread.values()].map(({ email }) => email), unlisted };
}

describe("leavers alone", () => {
  test("are who is suspended and who is deleted", async () => {
    expect(await leavers(await company())).toEqual({
      goes: [at("ada"), at("zoe")],
      unread: [],
      unlisted: undefined,
    });
  });

  test.each([
    ["as it was", (row: object) => row],
    ["in a row that is not understood", ({ suspended: _, ...row }: { suspended?: boolean }) => row],
  ])(
    "are the deleted too whom a stale listing still has %s, and who cannot be read is told",
    async (_, change) => {
      const emulator = await company();
      const { google } = emulator;
      const zoe = google.deletedUsers.map(({ id }) => id);
      emulator.fault({
        when: isListed(false),
        times: Infinity,
        do: (__, answer) => {
          const body = structuredClone(answer.body) as {
            users: { id: string; primaryEmail: string; suspended?: boolean }[];
          };
          const like = body.users.find(({ primaryEmail }) => primaryEmail === at("lena"));
          const stale = { ...like, id: zoe[0] ?? "", primaryEmail: at("zoe") };
          const users = body.users.map((row) =>
            row.primaryEmail === at("kim") ? { ...row, suspended: undefined } : row,
          );
          return {
            ...answer,
            body: { ...body, users: like === undefined ? users : [...users, change(stale)] },
          };
        },
      });
      // Of kim nobody says anything, by whatever question.
      const kim = google.user(at("kim")).id;
      emulator.fault({
        when: ({ operation, path }) => operation === "users.get" && path.endsWith(kim),
        times: Infinity,
        do: { status: 403 },
      });
      expect(await leavers(emulator)).toMatchObject({ goes: [at("ada"), at("zoe")], unread: [at("kim")] });
    },
  );

  test("are only the deleted where the listing is refused, which is told once", async () => {
    const emulator = await company();
    refuse(emulator, false);
    const { goes, unread, unlisted } = await leavers(emulator);
    expect([goes, unread]).toEqual([[at("zoe")], []]);
    expect(unlisted).toBeInstanceOf(SourceError);
  });

  test("are only those of the listing where the deleted are refused, which is told", async () => {
    const emulator = await company();
    refuse(emulator, true);
    const { goes, unlisted } = await leavers(emulator);
    expect(goes).toContain(at("ada"));
    expect(unlisted).toBeInstanceOf(SourceError);
  });

  test("are nobody where both are refused, which fails", async () => {
    const emulator = await company();
    refuse(emulator, false, true);
    await expect(leavers(emulator)).rejects.toThrow(SourceError);
  });

  test("are not guessed once the time is over", async () => {
    const emulator = await company();
    emulator.fault({ when: isListed(false), times: Infinity, do: { delay: 60_000 } });
    const run = await begun(emulator, {}, 4_000);
    await expect(proposeLeavers(run, stopwatch())).rejects.toMatchObject({ name: "OutOfTime" });
  });
});

test("what cannot be read on one side ends the run at once, and the other side is asked nothing more", async () => {
  const emulator = await company();
  emulator.google.addGroup({ email: at("aws-team") });
  emulator.fault({ when: { operation: "groups.list" }, times: Infinity, do: { delay: 300 } });
  emulator.fault({ when: { service: "identitystore" }, times: Infinity, do: { status: 400 } });
  await expect(propose(await begun(emulator), stopwatch())).rejects.toThrow("Identity Store");
  const before = emulator.requests.length;
  await wait(600);
  expect(emulator.requests.slice(before).filter(({ service }) => service === "google")).toEqual([]);
  expect(emulator.count({ operation: "groups.list" })).toBe(1);
});
