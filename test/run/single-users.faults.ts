/** Where AWS has too many users to be listed every minute, and answers nothing about single ones. */
import { expect, test } from "vitest";
import { singleUsers } from "../../src/run/single-users.ts";
import { human } from "../core/world.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { begun } from "./begun.ts";

test("it is asked for 20 seconds, however long the run may take", async () => {
  const emulator = await useEmulator();
  emulator.fault({
    when: ({ service, method }) => service === "scim" && method === "GET",
    times: Infinity,
    do: { delay: 120_000 },
  });
  const run = await begun(emulator);
  const source = { users: [human(1, "Ada", "Gone", { state: "suspended" })], unread: new Map() };
  const listed = { users: [], unread: new Map(), all: false };
  const started = performance.now();
  expect(await singleUsers(listed, source, new Map(), run)).toEqual({ found: [], unshown: [] });
  const seconds = (performance.now() - started) / 1_000;
  expect(seconds).toBeGreaterThan(19.9);
  expect(seconds).toBeLessThan(25);
}, 60_000);
