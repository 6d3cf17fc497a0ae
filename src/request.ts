import { z } from "zod";

import { nearest } from "./settings/nearest.ts";

/** What of the plan is meant. */
export interface Selection {
  /** Addresses (in lower case), names or ids; at least one. */
  readonly only?: readonly string[];
  /** Ids of what waits for approval; at least one. */
  readonly approve?: readonly string[];
}

interface Triggered {
  /** `schedule` with the mark of our own schedules alone; `event`: any other event that is a plain sync. */
  readonly trigger: "schedule" | "event" | "manual";
}

interface SyncRequest extends Selection, Triggered {
  readonly action: "sync";
  /** No write request may leave. Doesn't know the setting `DRY_RUN`. */
  readonly dryRun: boolean;
}

interface PlanRequest extends Pick<Selection, "only">, Triggered {
  readonly action: "plan";
}

/** The first step of a sync by itself: whoever left is disabled, and no group is read. */
interface LeaversRequest extends Triggered {
  readonly action: "leavers";
  readonly only?: never;
}

export interface DoctorRequest extends Triggered {
  readonly action: "doctor";
}

export interface ExplainRequest extends Triggered {
  readonly action: "explain";
  /** An address (in lower case), a name or an id. */
  readonly subject: string;
}

/** Everybody's memberships, for an access review. No payload asks for it: its answer is larger than Lambda's. */
export interface ReviewRequest extends Triggered {
  readonly action: "review";
}

/** What may be asked for, by payload or by the CLI's words. */
export type Request =
  | SyncRequest
  | PlanRequest
  | LeaversRequest
  | DoctorRequest
  | ExplainRequest
  | ReviewRequest;

/** What writes, or shows what would be written. */
export type RunRequest = SyncRequest | PlanRequest | LeaversRequest;

/** Whether nobody wants anything to be written. */
export const asksOnly = (request: Request): boolean =>
  request.action !== "leavers" && (request.action !== "sync" || request.dryRun);

/** Whether it is about some users or groups alone. */
export const isNarrowed = (request: Request): boolean => "only" in request && request.only !== undefined;

/** What a payload may ask for. */
export type PayloadRequest = Exclude<Request, ReviewRequest>;

/** A payload that asks for nothing the program does; the message names each key that is wrong and what is allowed. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

const ACTIONS = ["sync", "plan", "leavers", "doctor", "explain"] as const;
type Action = (typeof ACTIONS)[number];

/** Which keys go with which action. */
const KEYS: Readonly<Record<Action, readonly string[]>> = {
  sync: ["action", "dryRun", "only", "approve", "trigger"],
  plan: ["action", "dryRun", "only"],
  leavers: ["action", "trigger"],
  doctor: ["action"],
  explain: ["action", "subject"],
};

const subject = z
  .string({ error: "must be a text" })
  .trim()
  .min(1, { error: "must not be empty" })
  .transform((text) => (text.includes("@") ? text.toLowerCase() : text));

const subjects = (what: string) =>
  z
    .array(subject, { error: `must be a list of ${what}, such as ["…"]` })
    .min(1, { error: `must list at least one of the ${what}; leave it out for everything` });

const payload = z.strictObject({
  action: z.enum(ACTIONS, { error: `must be one of ${ACTIONS.join(", ")}` }).default("sync"),
  dryRun: z.boolean({ error: "must be true or false, without quotation marks" }).optional(),
  only: subjects("addresses, names or ids").optional(),
  approve: z
    .array(z.string({ error: "must be a text" }).trim().min(1, { error: "must not be empty" }), {
      error: 'must be a list of the ids that wait, such as ["…"]',
    })
    .min(1, { error: "must list at least one id that waits" })
    .optional(),
  subject: subject.optional(),
  trigger: z
    .literal("schedule", { error: 'must be "schedule", and is for the schedules that Terraform makes' })
    .optional(),
});
type Payload = z.output<typeof payload>;
const KNOWN = Object.keys(payload.shape);

/** EventBridge rules and Scheduler send this; Scheduler's `detail` is the text "{}" (measured). */
const envelope = z.looseObject({
  source: z.enum(["aws.events", "aws.scheduler"]),
  "detail-type": z.string(),
  detail: z.union([z.strictObject({}), z.literal(["{}", ""]), z.null()]).optional(),
});

/**
 * A Lambda event as a request: nothing, `{}` and the envelopes of EventBridge and Scheduler are a plain sync, anything
 * else is our strict payload. Throws a RequestError.
 */
export function parseRequest(event: unknown): PayloadRequest {
  if (event === undefined || event === null || isEmpty(event) || isSchedule(event)) {
    return { action: "sync", dryRun: false, trigger: "event" };
  }
  const read = payload.safeParse(event);
  if (!read.success)
    throw new RequestError(payloadRefusal(read.error.issues.map((issue) => problemOf(issue))));
  const problems = combinations(read.data);
  if (problems.length > 0) throw new RequestError(payloadRefusal(problems));
  return requestOf(read.data);
}

const isEmpty = (event: unknown): boolean =>
  typeof event === "object" && event !== null && !Array.isArray(event) && Object.keys(event).length === 0;

const AWS_KEYS = [
  "version",
  "id",
  "detail-type",
  "source",
  "account",
  "time",
  "region",
  "resources",
  "detail",
];

/**
 * An envelope with a key of ours, or one that looks like it, was written by hand, and must not start a sync of
 * everything. What AWS may add some day does not stop the schedule.
 */
function isSchedule(event: unknown): boolean {
  const read = envelope.safeParse(event);
  return read.success && !Object.keys(read.data).some((key) => !AWS_KEYS.includes(key) && looksLikeOurs(key));
}

function looksLikeOurs(key: string): boolean {
  const bare = key.replaceAll(/[^a-z]/giu, "").toLowerCase();
  const near = nearest(bare, [...KNOWN, ...ACTIONS]);
  return near.edits <= 2 || near.word.toLowerCase().startsWith(bare);
}

function problemOf(issue: z.core.$ZodIssue): string {
  const [key, at] = issue.path;
  if (issue.code === "unrecognized_keys") return issue.keys.map(unknownKey).join("; ");
  if (key === undefined) return `it must be a JSON object, such as {"action":"plan"}`;
  const place = typeof at === "number" ? `entry ${at + 1} of "${String(key)}"` : `"${String(key)}"`;
  return `${place} ${issue.message}`;
}

function unknownKey(key: string): string {
  const near = nearest(key, KNOWN);
  const shown = JSON.stringify(key.slice(0, 60));
  const guess = near.edits <= 2 ? ` (did you mean "${near.word}"?)` : "";
  return `${shown} is no key of it${guess}, allowed are ${KNOWN.join(", ")}`;
}

function combinations(read: Payload): readonly string[] {
  const { action } = read;
  const given = KNOWN.filter((key) => read[key as keyof Payload] !== undefined);
  const problems = given
    .filter((key) => !KEYS[action].includes(key))
    .map((key) => `"${key}" does not go with the action ${action}, which takes ${KEYS[action].join(", ")}`);
  if (action === "explain" && read.subject === undefined) {
    problems.push('the action explain needs a "subject": an address, a name or an id');
  }
  if (read.trigger !== undefined && given.some((key) => key !== "action" && key !== "trigger")) {
    problems.push('"trigger" goes with "action" alone: what the schedules start is about everybody');
  }
  if (read.only !== undefined && read.approve !== undefined) {
    problems.push('"only" and "approve" do not go together: send them one after the other');
  }
  return problems;
}

const payloadRefusal = (problems: readonly string[]): string =>
  `The payload cannot be carried out, and nothing was done: ${problems.join("; ")}.`;

function requestOf(read: Payload): PayloadRequest {
  const { action, dryRun = false, only, approve, subject = "", trigger = "manual" } = read;
  const narrowed = only === undefined ? {} : { only };
  switch (action) {
    case "sync":
      return { action, dryRun, ...narrowed, ...(approve === undefined ? {} : { approve }), trigger };
    case "plan":
      return { action, ...narrowed, trigger };
    case "leavers":
    case "doctor":
      return { action, trigger };
    case "explain":
      return { action, subject, trigger };
    default:
      return action satisfies never;
  }
}
