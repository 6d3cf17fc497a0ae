/** One of each who leaves, from a company that is in sync. */
import { at } from "../emulator/fill.ts";
import { journey } from "./journey.ts";
import type { Beginning, Journey } from "./journey.ts";

export async function settled(settings: Record<string, string> = {}, more: Beginning = {}): Promise<Journey> {
  const j = await journey({ settings, ...more });
  await j.sync();
  return j;
}

/** One of each: suspended, archived, deleted. */
export const leavers = ["ada", "otto", "zoe"];
export function leave({ google }: Journey): void {
  google.suspend(at("ada"));
  google.archive(at("zoe"));
  google.deleteUser(at("otto"));
}

export const ended = (j: Journey, event: object = {}): Promise<unknown> =>
  j.run(event).catch((error: unknown) => error);
