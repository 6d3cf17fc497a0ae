/** Whoever must act is told in one message, and not twice the same within a day. */
import { approveText } from "../core/words.ts";
import type { Approval } from "../core/words.ts";
import { count, total } from "../core/count.ts";
import { TroubleError, troubleSentence } from "../core/trouble.ts";
import { bounded } from "../log/bounded.ts";
import type { Log } from "../log/log.ts";
import type { Status } from "../log/metrics.ts";
import { isNarrowed, RequestError } from "../request.ts";
import { OutOfTime } from "../traffic/deadline.ts";
import type { World } from "../world.ts";
import { functionOf } from "./call.ts";
import type { Call } from "./call.ts";
import type { Day } from "./day.ts";
import { digest } from "./digest.ts";
import type { Summary } from "./summary.ts";

/** What the message is made of; EventBridge takes 256 kB. */
interface Message {
  readonly status: Status;
  readonly action: string;
  /** One sentence; without the names of people unless NOTIFY_NAMES. */
  readonly sentence: string;
  /** What waits, by kind, with the payload that approves all of it. */
  readonly approvals: readonly Waits[];
  readonly function: string;
  readonly region: string;
  /** By which its lines are found in the log. */
  readonly requestId: string;
}

interface Waits {
  readonly kind: Approval["kind"];
  readonly ids: readonly string[];
  readonly payload: string;
  readonly sentences?: readonly string[];
}

const MOST_BYTES = 200_000;

interface Telling {
  readonly call: Call;
  readonly world: World;
  readonly day: Day;
  readonly log: Log;
  readonly names: boolean;
}

/** Tells of a run that needs somebody, or of an approval that was given. A message that cannot be sent is a warning. */
export async function tellOfRun(summary: Summary, telling: Telling): Promise<void> {
  const { status, approved } = summary;
  const needs = status === "attention" || status === "refused" || status === "failed" || approved.length > 0;
  if (!needs) return;
  const approvals = waitsOf(
    summary.approvals.filter(({ pressing }) => pressing),
    telling.names,
  );
  const sentence = telling.names ? summary.message : withoutNames(summary);
  const news = [
    status,
    approvals.map(({ ids }) => ids),
    approved.map(({ id }) => id),
    summary.failed,
    summary.held,
  ];
  await send({ status, sentence, approvals }, news, telling);
}

/** Tells of a run that came to no summary. Whoever asked for something impossible knows it already. */
export async function tellOfFailure(error: unknown, telling: Telling): Promise<void> {
  if (error instanceof RequestError || error instanceof OutOfTime) return;
  const message = error instanceof Error ? error.message : String(error);
  const sentence = telling.names ? message : "The run failed; its last line in the log says why.";
  await send({ status: "failed", sentence, approvals: [] }, ["failed", message], telling);
}

async function send(
  about: Pick<Message, "status" | "sentence" | "approvals">,
  news: readonly unknown[],
  { call, world, day, log }: Telling,
): Promise<void> {
  const { request, environment, requestId = "" } = call;
  if (world.notify === undefined || call.place === "terminal") return;
  const detail: Message = {
    ...about,
    action: request.action,
    function: functionOf(call),
    region: environment["AWS_REGION"] ?? "",
    requestId,
  };
  try {
    // A run about some knows less of what waits than one about everybody, and must not make that news again.
    const about = isNarrowed(request) ? "only" : request.action;
    const isNews = await day.tell(about, digest(JSON.stringify(news)));
    // Where nobody can say what was told, rather twice than never.
    if (isNews !== false) await world.notify(bounded(detail, MOST_BYTES));
  } catch (error) {
    if (error instanceof TroubleError) log.warn(troubleSentence(error));
    else if (!(error instanceof OutOfTime)) throw error;
  }
}

function waitsOf(approvals: readonly Approval[], names: boolean): readonly Waits[] {
  return [...Map.groupBy(approvals, ({ kind }) => kind)].map(([kind, some]) => {
    const ids = some.map(({ id }) => id);
    const payload = approveText(ids);
    const sentences = some.map(({ subject, sentence }) => `${subject}: ${sentence}`);
    return { kind, ids, payload, ...(names ? { sentences } : {}) };
  });
}

/** How many of what, with the names in the log. */
function withoutNames({ status, approvals, approved, failed, held, left }: Summary): string {
  const pressing = approvals.filter((one) => one.pressing);
  const kinds = [...Map.groupBy(pressing, ({ kind }) => kind)].map(
    ([kind, some]) => `${some.length} ${kind}`,
  );
  const parts = [
    ...(pressing.length === 0
      ? []
      : [`${count(pressing.length, "approval is", "approvals are")} needed (${kinds.join(", ")})`]),
    ...(approved.length === 0 ? [] : [`${count(approved.length, "approval was", "approvals were")} given`]),
    ...(total(failed) === 0 ? [] : [`${count(total(failed), "change was", "changes were")} refused by AWS`]),
    ...(total(held) === 0 ? [] : [`${count(total(held), "change is", "changes are")} held back`]),
    ...(left === 0 ? [] : [`${count(left, "change is", "changes are")} left`]),
  ];
  const what = parts.length === 0 ? "its last line in the log says why" : parts.join(", ");
  return `The run ended as ${status}: ${what}.`;
}
