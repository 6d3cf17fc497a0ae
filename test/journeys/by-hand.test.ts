import { expect, test } from "vitest";
import { journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

test(
  "a plan by hand leaves the metrics, and so the alarms, to the schedule; the setting DRY_RUN does not",
  { tags: "long" },
  async () => {
    const j = await journey();
    const measured = async (settings: Record<string, string>, event: object): Promise<number> =>
      (await lambda(j, settings).invoke(event)).lines.filter((line) => "_aws" in line).length;
    expect(await measured({}, { action: "plan" })).toBe(0);
    expect(await measured({ SYNC_METHOD: "wrong" }, { action: "plan" })).toBe(0);
    expect(await measured({ DRY_RUN: "true" }, {})).toBe(1);
  },
);
