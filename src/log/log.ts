import { pino, type DestinationStream, type Logger, type LoggerOptions } from "pino";

import { bounded, shortText } from "./bounded.ts";
import { errorFields } from "./error-fields.ts";
import type { Status } from "./metrics.ts";
import { printable } from "./printable.ts";
import type { LogLevel } from "../settings/table.ts";

/** One change, as the audit log has it; `subject` is an address or a name. */
interface AuditRecord {
  readonly action: string;
  readonly subject: string;
  readonly externalId?: string | undefined;
  readonly targetId?: string | undefined;
  /** What differed, before and after; the members' names. Plain data. */
  readonly detail?: unknown;
  readonly status: "planned" | "applied" | "failed" | "held" | "skipped";
  /** One sentence. */
  readonly reason?: string | undefined;
  /** What was thrown, when it failed: what it knows beyond that sentence. */
  readonly error?: unknown;
}

/** The run in one record; `message`, if any, is the line's sentence. */
interface SummaryRecord {
  readonly status: Status;
  readonly message?: string | undefined;
  readonly [field: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** `fields` may hold an error anywhere: only what is known to be harmless of it is written. */
type Say = (message: string, fields?: Fields) => void;

export interface Log extends Readonly<Record<LogLevel, Say>> {
  /** One audit line, whatever the level: INFO, WARN for held and skipped, ERROR for failed. */
  readonly audit: (record: AuditRecord) => void;
  /** The summary line, whatever the level. */
  readonly summary: (record: SummaryRecord) => void;
  /** A line of metrics as it is, whatever the level; nothing in the pretty format, which no machine reads. */
  readonly metrics: (line: string) => void;
}

interface LogOptions {
  readonly level: LogLevel;
  readonly format: "json" | "pretty";
  readonly requestId?: string | undefined;
  readonly trigger?: string | undefined;
  readonly version: string;
  /** Standard output, written synchronously, when left out: Lambda may freeze before a buffer is empty. */
  readonly destination?: DestinationStream | undefined;
  /** Colours in the pretty format. */
  readonly colour?: boolean | undefined;
}

/** Lines with the member names of Lambda's own: `timestamp`, `level` in upper case, `requestId`, `message`. */
export async function logger(options: LogOptions): Promise<Log> {
  const { format, requestId, trigger, version } = options;
  const plain = options.destination ?? pino.destination({ dest: 1, sync: true });
  const destination = format === "pretty" ? await pretty(plain, options.colour ?? false) : plain;
  const settings: LoggerOptions = {
    base: { requestId, trigger, version },
    messageKey: "message",
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label.toUpperCase() }) },
  };
  const safe = format === "pretty" ? printable : (text: string): string => text;
  const levelled = pino({ ...settings, level: options.level }, destination);
  const always = pino({ ...settings, level: "trace" }, destination);
  return {
    ...levels(levelled, safe),
    audit: (record) => audit(always, record, safe),
    summary: (record) => summary(always, record, safe),
    metrics: (line) => {
      if (format === "json") plain.write(`${line}\n`);
    },
  };
}

/** In this process and line by line: a worker thread could lose the last lines. Loaded only when asked for. */
async function pretty(destination: DestinationStream, colorize: boolean): Promise<DestinationStream> {
  const { prettyFactory } = await import("pino-pretty");
  const format = prettyFactory({
    colorize,
    messageKey: "message",
    timestampKey: "timestamp",
    translateTime: "SYS:HH:MM:ss",
    ignore: "requestId,trigger,version,audit,summary",
    singleLine: true,
  });
  return { write: (line) => void destination.write(format(line)) };
}

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

function levels(to: Logger, safe: (text: string) => string): Record<LogLevel, Say> {
  const say =
    (level: LogLevel): Say =>
    (message, fields = {}) => {
      if (to.isLevelEnabled(level)) to[level](loggable(fields, safe), sentence(message, safe));
    };
  return Object.fromEntries(LEVELS.map((level) => [level, say(level)])) as Record<LogLevel, Say>;
}

/** The sentence stands in the line once, as its reason: neither the message nor the error says it again. */
function audit(to: Logger, record: AuditRecord, safe: (text: string) => string): void {
  const { action, subject, externalId, targetId, detail, status, reason, error } = record;
  const fields = {
    action,
    subject,
    externalId,
    targetId,
    detail,
    status,
    reason,
    error: withoutMessage(error),
  };
  const line = { audit: true, ...loggable(fields, safe) };
  to[auditLevel(status)](line, sentence(`${action} ${subject}: ${status}`, safe));
}

function withoutMessage(error: unknown): unknown {
  if (error === undefined) return undefined;
  const { message: _, ...rest } = errorFields(error);
  return rest;
}

function auditLevel(status: AuditRecord["status"]): "info" | "warn" | "error" {
  if (status === "failed") return "error";
  return status === "held" || status === "skipped" ? "warn" : "info";
}

function summary(to: Logger, record: SummaryRecord, safe: (text: string) => string): void {
  const level = {
    succeeded: "info",
    attention: "warn",
    incomplete: "warn",
    refused: "error",
    failed: "error",
  } as const;
  const line = { summary: true, ...loggable(record, safe) };
  to[level[record.status]](line, sentence(record.message ?? `The run ended: ${record.status}.`, safe));
}

/** Names the logger itself writes: a second one in the same line would let a field pass for it. */
const TAKEN = new Set([
  "level",
  "timestamp",
  "message",
  "requestId",
  "trigger",
  "version",
  "audit",
  "summary",
]);

/** CloudWatch takes 256 kB for one line. Both together, with what every line has, are less than 200 kB. */
const MOST_FIELDS_BYTES = 120_000;
const LONGEST_SENTENCE = 10_000;

const sentence = (text: string, safe: (text: string) => string): string =>
  safe(shortText(text, LONGEST_SENTENCE));

function loggable(fields: Fields, safe: (text: string) => string): Record<string, unknown> {
  const own = Object.entries(fields).filter(([name, value]) => !TAKEN.has(name) && value !== undefined);
  return bounded(dataOf(Object.fromEntries(own), safe, 8) as Record<string, unknown>, MOST_FIELDS_BYTES);
}

/** Plain data only: errors by their known fields, and of any other object (a client, a request) just its kind. */
function dataOf(value: unknown, safe: (text: string) => string, depth: number): unknown {
  if (typeof value === "string") return safe(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return dataOf({ ...errorFields(value) }, safe, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[Date]" : value.toISOString();
  if (depth === 0) return "[…]";
  const inside = (each: unknown): unknown => dataOf(each, safe, depth - 1);
  if (Array.isArray(value)) return value.map(inside);
  if (value instanceof Set) return [...value].map(inside);
  if (!isPlain(value)) return `[${value.constructor?.name ?? "object"}]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [safe(name), SECRET.test(name) ? "[secret]" : inside(each)]),
  );
}

/** Members that hold a secret wherever they occur: somebody passed on more than they meant to. */
const SECRET =
  /^(?:(?:proxy-)?authorization|(?:access|id|refresh)_?token|token|assertion|private_?key|client_?secret|password)$/i;

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
