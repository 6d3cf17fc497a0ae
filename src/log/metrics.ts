/** How a run ended. */
export type Status = "succeeded" | "attention" | "incomplete" | "refused" | "failed";

/** What one run says in numbers; what it did not get far enough to know is left out, and then no metric says 0. */
export interface RunNumbers {
  /** The function's name, 1 to 255 characters: the only dimension. */
  readonly function: string;
  readonly status: Status;
  /** Whether DRY_RUN let nothing be written. */
  readonly dryRun?: boolean | undefined;
  /** A run about everybody, one about some users or groups, or the leavers by themselves. */
  readonly ran: "run" | "only" | "leavers";
  /** Whether one of our own schedules started it. */
  readonly scheduled: boolean;
  /** Who was disabled as a leaver, and who would have to be. */
  readonly leavers?: number | undefined;
  readonly leaversWaiting?: number | undefined;
  readonly approvalsGiven?: number | undefined;
  readonly applied?: number | undefined;
  readonly failed?: number | undefined;
  readonly held?: number | undefined;
  /** Approvals that wait. */
  readonly waiting?: number | undefined;
  readonly removals?: number | undefined;
  /** Managed users and groups in the target. */
  readonly users?: number | undefined;
  readonly groups?: number | undefined;
  readonly unmanagedToLookAt?: number | undefined;
  /** Milliseconds. */
  readonly duration: number;
  readonly tokenAgeDays?: number | undefined;
}

type Unit = "Count" | "Milliseconds" | "None";

/** Exactly one of the last five of a run about everybody is 1: what an alarm is put on. */
function measured(
  run: RunNumbers,
): readonly (readonly [name: string, unit: Unit, value: number | undefined])[] {
  const ended = (status: Status): number => (run.status === status ? 1 : 0);
  if (run.ran === "leavers") {
    return [
      ["Leavers", "Count", run.leavers],
      ["LeaversWaiting", "Count", run.leaversWaiting],
      ["Removals", "Count", run.removals],
      // Whoever left can still sign in.
      ["LeaversSucceeded", "Count", run.dryRun === true ? 0 : 1 - ended("failed")],
      ["LeaversFailed", "Count", ended("failed")],
    ];
  }
  return [
    ["Leavers", "Count", run.leavers],
    ["LeaversWaiting", "Count", run.leaversWaiting],
    ["ApprovalsGiven", "Count", run.approvalsGiven],
    ["Applied", "Count", run.applied],
    ["Failed", "Count", run.failed],
    ["Held", "Count", run.held],
    ["Waiting", "Count", run.waiting],
    ["Removals", "Count", run.removals],
    ["Users", "Count", run.users],
    ["Groups", "Count", run.groups],
    ["UnmanagedToLookAt", "Count", run.unmanagedToLookAt],
    ["Duration", "Milliseconds", run.duration],
    // CloudWatch has no unit for days.
    ["TokenAgeDays", "None", run.tokenAgeDays],
    ["Scheduled", "Count", run.scheduled ? 1 : 0],
    ["RunSucceeded", "Count", ended("succeeded")],
    ["RunAttention", "Count", ended("attention")],
    ["RunIncomplete", "Count", ended("incomplete")],
    ["RunRefused", "Count", ended("refused")],
    ["RunFailed", "Count", ended("failed")],
  ];
}

/** Only a run about everybody knows these: from any other, a 0 would hide from an alarm what waits. */
const OF_EVERYBODY: readonly string[] = ["LeaversWaiting", "Waiting", "RunAttention", "RunIncomplete"];

/**
 * One line of CloudWatch's embedded metric format, without a line break: namespace `ssosync`, dimension `Function`.
 * It must reach the log as it is, not inside another line's `message` (CloudWatch EMF specification).
 */
export function metricsLine(run: RunNumbers, now: Date): string {
  const known = measured(run).filter(
    ([name, , value]) =>
      value !== undefined && Number.isFinite(value) && (run.ran !== "only" || !OF_EVERYBODY.includes(name)),
  );
  return JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: "ssosync",
          Dimensions: [["Function"]],
          Metrics: known.map(([name, unit]) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    Function: run.function,
    ...Object.fromEntries(known.map(([name, , value]) => [name, value])),
  });
}
