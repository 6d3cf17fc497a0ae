/** A run as it is begun: with the clients that a run in Lambda has, before anything is read. */
import { onTestFinished } from "vitest";
import { openDay } from "../../src/run/day.ts";
import type { Run } from "../../src/run/proposal.ts";
import { configure } from "../../src/settings/config.ts";
import { deadline } from "../../src/traffic/deadline.ts";
import { homeOf, openWorld, secretsIn } from "../../src/world.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { lend } from "../emulator/lend.ts";

const FAST = { SCIM_RATE: "9000", IDENTITY_STORE_RATE: "9000", GOOGLE_RATE: "9000" };

export async function begun(
  emulator: Emulator,
  settings: Readonly<Record<string, string>> = {},
  remainingMs?: number,
): Promise<Run> {
  const environment = emulator.environment({ ...FAST, ...settings });
  onTestFinished(lend(environment));
  const home = homeOf(environment);
  const { config, secrets } = await configure(environment, "lambda", secretsIn(home));
  const started = performance.now();
  const time = deadline(
    remainingMs === undefined ? undefined : () => started + remainingMs - performance.now(),
  );
  onTestFinished(time.end);
  const world = openWorld({
    config,
    secrets,
    deadline: time,
    home,
    patience: { firstWaitMs: 1, retries: 1 },
  });
  onTestFinished(world.close);
  emulator.forget();
  const now = new Date();
  const about = { selection: {}, writes: true, early: true, watch: undefined };
  return { world, config, deadline: time, now, day: openDay(world.tally, now, true), ...about };
}
