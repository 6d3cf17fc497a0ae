/** Whoever may look must not be able to keep leavers waiting: they ask at half the rates. */
import { describe, expect, test } from "vitest";
import { parseRequest } from "../../src/request.ts";
import type { Request } from "../../src/request.ts";
import { answer } from "../../src/run/run.ts";
import { at } from "../emulator/fill.ts";
import { crowd } from "./company.ts";
import { journey } from "./journey.ts";

const RATE = 40;
/** Requests start evenly, and may arrive a little late. */
const LATE = 6;

const LOOKING: readonly Request[] = [
  { action: "plan", trigger: "manual" } as Request,
  parseRequest({ dryRun: true }),
  { action: "explain", trigger: "manual", subject: at("p1") } as Request,
  { action: "doctor", trigger: "manual" },
];

/** The most that came within any second. */
function busiest(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

describe.each(LOOKING)("$action, dryRun $dryRun,", (request) => {
  test("asks neither Google nor AWS faster than that", { tags: "long" }, async () => {
    const j = await journey({ company: crowd(44) });
    const environment = j.emulator.environment({
      ...j.settings,
      ...{ GOOGLE_RATE: String(RATE), IDENTITY_STORE_RATE: String(RATE), SCIM_RATE: String(RATE) },
    });
    await answer({ environment, place: "lambda", request, lines: "nowhere", remainingMs: () => 300_000 });
    for (const service of ["google", "identitystore"]) {
      const times = j.emulator.requests.filter((one) => one.service === service).map((one) => one.at);
      expect(times.length, service).toBeGreaterThan(RATE);
      expect(busiest(times), service).toBeLessThanOrEqual(RATE / 2 + LATE);
    }
  });
});
