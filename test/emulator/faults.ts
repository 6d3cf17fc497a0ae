/** Faults put in by a test: which requests they hit, and what becomes of the answer. */
import type { Answer, RecordedRequest, Service } from "./wire.ts";

/** `nth` counts the requests that match from the moment the fault is put in, from 1. */
export interface RequestMatch {
  readonly service?: Service;
  readonly operation?: string;
  readonly nth?: number;
}

export type FaultAction =
  | Answer
  /** The connection breaks before anything happened. */
  | "drop-before"
  /** It happens, and the answer is lost. */
  | "drop-after"
  /** Half the answer under its full content-length, then the connection breaks. */
  | "cut"
  /** Half the answer, complete as HTTP: JSON that stops half way, with the status of success. */
  | "truncate"
  /** Half the answer under its full content-length, then nothing, on a connection that stays open. */
  | "stall"
  /** Half the answer, then blanks one by one, without an end. */
  | "drip"
  | { readonly delay: number }
  /** Nothing happens before this is settled. */
  | { readonly until: Promise<unknown> }
  /** Alters a normal answer; what it returns is sent instead. */
  | ((request: RecordedRequest, answer: Answer) => Answer);

export interface Fault {
  readonly when: RequestMatch | ((request: RecordedRequest) => boolean);
  /** How often; 1 unless told. */
  readonly times?: number;
  readonly do: FaultAction;
}

export interface FaultHandle {
  /** How many requests it has hit. */
  readonly hits: number;
  readonly remove: () => void;
}

interface Standing {
  readonly fault: Fault;
  seen: number;
  hits: number;
}

export interface Faults {
  readonly add: (fault: Fault) => FaultHandle;
  /** What to do with this request; counts it as hit. The oldest fault that fits wins. */
  readonly claim: (request: RecordedRequest) => FaultAction | undefined;
}

export function createFaults(): Faults {
  const standing: Standing[] = [];
  const add = (fault: Fault): FaultHandle => {
    const entry: Standing = { fault, seen: 0, hits: 0 };
    standing.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => {
        const at = standing.indexOf(entry);
        if (at >= 0) standing.splice(at, 1);
      },
    };
  };
  const claim = (request: RecordedRequest): FaultAction | undefined => {
    const entry = standing.filter((one) => fits(one, request)).at(0);
    if (entry === undefined) return undefined;
    entry.hits += 1;
    return entry.fault.do;
  };
  return { add, claim };
}

function fits(entry: Standing, request: RecordedRequest): boolean {
  const { when, times = 1 } = entry.fault;
  if (entry.hits >= times) return false;
  if (typeof when === "function") return when(request);
  if (!matches(request, when)) return false;
  entry.seen += 1;
  return when.nth === undefined || entry.seen >= when.nth;
}

export const matches = (request: RecordedRequest, wanted: RequestMatch): boolean =>
  (wanted.service === undefined || wanted.service === request.service) &&
  (wanted.operation === undefined || wanted.operation === request.operation);
