/** The leavers' run beside a full run, in every order of their writes: see also interleaving.faults.ts. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { inEveryOrder } from "./two-runs.ts";

test("more than the budget allows never go, by whichever run", async () => {
  // Each run meets somebody first whom the other does not.
  const returns = ({ google }: Emulator): void => google.suspend(at("p1"), false);
  await inEveryOrder({ MAX_LEAVERS: "1" }, returns, async ({ emulator, tally }) => {
    expect(emulator.aws.users.filter(({ active }) => !active)).toHaveLength(1);
    expect((await tally()).leavers.size).toBe(1);
  });
}, 240_000);
