/**
 * `npm run bench`: the program against an emulator with the vendors' rates and latencies, and beside every number the
 * least that the quotas allow. `--only middle` chooses cases by the beginning of their names, `--all` adds the ten
 * minutes of a large first sync, `--burst 5` makes the buckets smaller, `--json FILE` and `--chart FILE.svg` keep the
 * result. Every run happens in a process of its own.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startEmulator } from "../emulator/emulator.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { arrange, casesOf } from "./cases.ts";
import type { Case } from "./cases.ts";
import { drawChart } from "./chart.ts";
import { decided } from "./deciding.ts";
import { ALLOWED, floor } from "./floor.ts";
import { latencyOf, latencyTable, SCHEDULES } from "./latency.ts";
import type { Latency } from "./latency.ts";
import { measured } from "./measured.ts";
import type { Measured } from "./measured.ts";
import { rowOf, table } from "./results.ts";
import type { Row } from "./results.ts";
import { makeVast } from "./vast.ts";

/** Milliseconds that an answer takes. */
const LATENCY = { scim: 50, identityStore: 40, google: 80 } as const;
const AN_HOUR_MS = 3_600_000;
const VAST = { users: 100_000, groups: 5_000, memberships: 500_000 } as const;

interface Options {
  readonly entry: string;
  readonly burst: number;
}

async function run(one: Case, { entry, burst }: Options): Promise<Row> {
  const rate = Object.fromEntries(
    Object.entries(ALLOWED).map(([service, perSecond]) => [service, { perSecond, burst }]),
  );
  const emulator = await startEmulator({ pageSize: "vendor", latency: LATENCY, rate });
  try {
    const work = arrange(emulator, one);
    const order = { entry, event: {}, remainingMs: AN_HOUR_MS };
    const found = await measured(order, environmentOf(emulator, { AWS_READ: one.awsRead }));
    emulator.verify();
    const { status, message } = found.summary;
    if (status !== "succeeded") throw new Error(`${one.name} ended ${status}: ${message}`);
    return rowOf(one.name, found, floor(work), emulator.requests);
  } finally {
    await emulator.close();
  }
}

const environmentOf = (emulator: Emulator, settings: Readonly<Record<string, string>>) =>
  emulator.environment({
    SCIM_RATE: String(ALLOWED.scim),
    IDENTITY_STORE_RATE: String(ALLOWED.identityStore),
    GOOGLE_RATE: String(ALLOWED.google),
    LOG_LEVEL: "warn",
    ...settings,
  });

/** Node gives its heap half of a small machine's memory: this is what it does in a function of 512 MB. */
const HEAP_OF_512 = ["--max-old-space-size=256"];

/** Reading and planning as fast as it goes: what is measured is the program alone, no quota and no latency. */
async function readVast({ entry }: Options): Promise<Measured> {
  const emulator = await startEmulator({ pageSize: "vendor" });
  try {
    makeVast(emulator, VAST, 100);
    const asFastAsPossible = { SCIM_RATE: "9000", IDENTITY_STORE_RATE: "9000", GOOGLE_RATE: "9000" };
    const order = { entry, event: { action: "plan" }, remainingMs: AN_HOUR_MS };
    return await measured(order, environmentOf(emulator, asFastAsPossible), HEAP_OF_512);
  } finally {
    await emulator.close();
  }
}

async function vast(options: Options) {
  const reading = await readVast(options);
  const deciding = await decided(VAST);
  const size = `${VAST.users} users, ${VAST.groups} groups, ${VAST.memberships} memberships`;
  console.log(
    `\n${size}, ${reading.summary.planned["user.update"] ?? 0} changes planned, in processes of their own`,
  );
  console.log(`  deciding:             ${told(deciding)}`);
  console.log(`  reading and deciding: ${told(reading)}, ${reading.seconds.toFixed(1)} s in all`);
  return { size: VAST, deciding, reading };
}

/** How many moments, for a company of this size: the larger it is, the longer each takes. */
const MOMENTS = [
  [{ users: 500, groups: 40, memberships: 4_000 }, 20],
  [{ users: 10_000, groups: 1_000, memberships: 60_000 }, 20],
  [VAST, 6],
] as const;

/** At the program's own rates, under the vendors': with a look for leavers every minute, and with runs alone. */
async function leavers({ entry, burst }: Options): Promise<readonly Latency[]> {
  const rate = Object.fromEntries(
    Object.entries(ALLOWED).map(([service, perSecond]) => [service, { perSecond, burst }]),
  );
  const environment = (emulator: Emulator) => emulator.environment({ LOG_LEVEL: "warn" });
  const found: Latency[] = [];
  for (const [size, moments] of MOMENTS)
    for (const schedule of Object.values(SCHEDULES)) {
      console.error(`leavers among ${size.users}, every ${schedule.everySeconds} s ...`);
      const how = { pageSize: "vendor", latency: LATENCY, rate } as const;
      found.push(await latencyOf(size, schedule, moments, { entry, environment }, how));
      console.error(latencyTable(found.slice(-1)));
    }
  console.log(`\nFrom a suspension to active:false, each run a cold start\n\n${latencyTable(found)}`);
  return found;
}

const told = ({ cpuSeconds, peakMegabytes }: Pick<Measured, "cpuSeconds" | "peakMegabytes">): string =>
  `${cpuSeconds.toFixed(2)} s of CPU, ${Math.round(peakMegabytes)} MB at most`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      all: { type: "boolean", default: false },
      burst: { type: "string", default: "20" },
      entry: { type: "string", default: "dist/index.mjs" },
      json: { type: "string" },
      chart: { type: "string" },
    },
  });
  const options: Options = { entry: resolve(values.entry), burst: Number(values.burst) };
  const rows: Row[] = [];
  for (const one of casesOf(values.only, values.all)) {
    console.error(`${one.name} ...`);
    rows.push(await run(one, options));
  }
  if (rows.length > 0)
    console.log(`Requests as made/least, a bucket's burst ${options.burst}\n\n${table(rows)}`);
  const hundredThousand = wants(values.only, "vast") ? await vast(options) : undefined;
  const left = wants(values.only, "leavers") ? await leavers(options) : undefined;
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ options, rows, hundredThousand, left }, undefined, 2)}\n`);
  if (values.chart !== undefined) drawChart(values.chart, rows);
}

const wants = (only: readonly string[], name: string): boolean => only.length === 0 || only.includes(name);

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// The chart's library leaves a timer behind that would never let the process end.
process.exit();
