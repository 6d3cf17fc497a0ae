/** From recorded requests to the numbers of one row. */
import type { RecordedRequest, Service } from "../emulator/wire.ts";
import { ALLOWED } from "./floor.ts";
import type { Floor, Limited } from "./floor.ts";
import type { Measured } from "./measured.ts";

export interface Row {
  readonly name: string;
  readonly status: string;
  readonly requests: Readonly<Record<Limited, number>>;
  readonly floor: Floor;
  readonly seconds: number;
  /** Seconds over those of the floor. */
  readonly ratio: number;
  /** Of the allowed rate, while the service was being asked; writing for SCIM, when anything was written. */
  readonly share: Readonly<Record<Limited, number | undefined>>;
  /** Refused for speed, in any of the vendors' ways. */
  readonly refused: number;
  readonly importMs: number;
  readonly importCpuMs: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  /** Requests in each second from the first one on, for the chart. */
  readonly overTime: Readonly<Record<Limited, readonly number[]>>;
}

export const SERVICES: Readonly<Record<Limited, Service>> = {
  scim: "scim",
  identityStore: "identitystore",
  google: "google",
};
const LIMITED = Object.keys(SERVICES) as Limited[];

export const each = <T>(make: (service: Limited) => T): Readonly<Record<Limited, T>> => ({
  scim: make("scim"),
  identityStore: make("identityStore"),
  google: make("google"),
});

export function rowOf(
  name: string,
  measured: Measured,
  floor: Floor,
  requests: readonly RecordedRequest[],
): Row {
  const of = (service: Limited) => requests.filter((one) => one.service === SERVICES[service]);
  const began = Math.min(...requests.map((one) => one.at));
  const { summary, seconds, importMs, importCpuMs, cpuSeconds, peakMegabytes } = measured;
  return {
    name,
    status: summary.status,
    requests: each((service) => of(service).length),
    floor,
    seconds,
    ratio: seconds / floor.seconds,
    share: each((service) => shareOf(service, of(service))),
    refused: LIMITED.flatMap(of).filter(wasTooFast).length,
    importMs,
    importCpuMs,
    cpuSeconds,
    peakMegabytes,
    overTime: each((service) => perSecond(of(service), began)),
  };
}

/** Google's quota 403, the Identity Store's exception under 400, SCIM's 429: the bench provokes no other refusal. */
const wasTooFast = ({ status }: RecordedRequest): boolean =>
  status === 429 || status === 403 || status === 400;

/** Fewer than this in a row say nothing about a rate. */
const ENOUGH = 30;

function shareOf(service: Limited, requests: readonly RecordedRequest[]): number | undefined {
  const writes = requests.filter((one) => one.service === "scim" && one.method !== "GET");
  const times = (writes.length > 0 ? writes : requests).map((one) => one.at);
  const [first, last] = [times[0], times.at(-1)];
  if (times.length < ENOUGH || first === undefined || last === undefined) return undefined;
  return ((times.length - 1) * 1000) / (last - first) / ALLOWED[service];
}

function perSecond(requests: readonly RecordedRequest[], began: number): readonly number[] {
  const counts: number[] = [];
  for (const { at } of requests) {
    const second = Math.floor((at - began) / 1000);
    while (counts.length <= second) counts.push(0);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

const whole = (value: number): string => String(Math.round(value));
const percent = (share: number | undefined): string =>
  share === undefined ? "-" : `${(share * 100).toFixed(1)} %`;
const beside = (count: number, least: number): string => `${count}/${least}`;

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ["case", (row) => row.name],
  ["ended", (row) => row.status],
  ["google", (row) => beside(row.requests.google, row.floor.requests.google)],
  ["store", (row) => beside(row.requests.identityStore, row.floor.requests.identityStore)],
  ["scim", (row) => beside(row.requests.scim, row.floor.requests.scim)],
  ["seconds", (row) => row.seconds.toFixed(2)],
  ["floor", (row) => row.floor.seconds.toFixed(2)],
  ["ratio", (row) => row.ratio.toFixed(2)],
  ["share: google", (row) => percent(row.share.google)],
  ["store", (row) => percent(row.share.identityStore)],
  ["scim", (row) => percent(row.share.scim)],
  ["refused", (row) => whole(row.refused)],
  ["peak MB", (row) => whole(row.peakMegabytes)],
  ["CPU s", (row) => row.cpuSeconds.toFixed(2)],
  ["import ms", (row) => `${whole(row.importMs)} (CPU ${whole(row.importCpuMs)})`],
];

/** Requests stand as made/least. */
export function table(rows: readonly Row[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  return aligned(cells, 2);
}

/** Rows of cells as text, the first so many columns of words, the others of numbers. */
export function aligned(cells: readonly (readonly string[])[], words: number): string {
  const width = (at: number): number => Math.max(...cells.map((line) => line[at]?.length ?? 0));
  const pad = (text: string, at: number): string =>
    at < words ? text.padEnd(width(at)) : text.padStart(width(at));
  return cells.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}
