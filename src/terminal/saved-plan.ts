import { readFile } from "node:fs/promises";

import { z } from "zod";

import type { Change } from "../core/change.ts";
import { objectIdOf } from "../core/change.ts";
import { changesOf } from "../core/plan.ts";
import { digest } from "../run/digest.ts";
import type { Proposal } from "../run/proposal.ts";
import { recordsOf, version } from "../run/summary.ts";
import { Declined } from "./questions.ts";
import { UsageError, json } from "./session.ts";

const FORMAT = "ssosync plan 1";

const Saved = z.object({
  format: z.literal(FORMAT),
  /** Of every change; the day on which somebody is retired is no part of it, so that a plan may be applied tomorrow. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** What the plan was narrowed to. */
  only: z.array(z.string()).min(1).optional(),
});

/** A plan that somebody has looked at, to be carried out later: exactly that, or nothing. */
export type SavedPlan = z.output<typeof Saved>;

/** The text of the file: what identifies the plan, and for whoever reads it every change. */
export const savedPlanText = (proposal: Proposal, only: readonly string[] | undefined): string =>
  json({
    format: FORMAT,
    version,
    at: proposal.situation.now,
    ...(only === undefined ? {} : { only }),
    digest: digestOf(proposal),
    changes: recordsOf(proposal),
  });

/** Throws a UsageError where the file is not a plan. */
export async function readSavedPlan(path: string): Promise<SavedPlan> {
  try {
    return Saved.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    const todo = `make one with npx ssosync plan --out FILE; to narrow a run to somebody, use --who`;
    throw new UsageError(`${path} cannot be read as a saved plan, and nothing was done: ${todo}.`, {
      cause: error,
    });
  }
}

/** Nothing is written unless the plan of now is the saved one. Throws `Declined`. */
export function checkSaved(proposal: Proposal, { digest: wanted }: SavedPlan): void {
  if (digestOf(proposal) === wanted) return;
  throw new Declined(
    "Nothing was written: this is no longer the plan that was saved. Look at it, and save it anew.",
  );
}

/** The same for the same changes in the same directory, whatever their order and however they are cut into requests. */
function digestOf({ plan, store, region }: Proposal): string {
  const parts = changesOf(plan).flatMap(fingerprints);
  return digest(JSON.stringify([store?.id ?? "", region, ...parts.toSorted()]));
}

/** One line for each user, group or membership that is changed, and to what. */
function fingerprints(change: Change): readonly string[] {
  const about = [change.kind, objectIdOf(change)];
  if ("patch" in change) return [fingerprint(...about, change.patch)];
  switch (change.kind) {
    case "members.add":
      return change.users.map((user) => fingerprint("members.add", change.group.externalId, user.externalId));
    case "members.remove":
      return change.users.map((user) => fingerprint(...about, user.id));
    case "group.create":
      return [
        fingerprint(...about, change.group.label),
        ...change.members.map((user) => fingerprint("members.add", change.group.externalId, user.externalId)),
      ];
    case "user.create":
      return [fingerprint(...about, change.user)];
    case "user.manager":
      return [fingerprint(...about, change.manager.externalId)];
    case "user.delete":
    case "group.delete":
      return [fingerprint(...about)];
    default:
      return change satisfies never;
  }
}

/** Our marks carry a day, and so do the names of what has stepped aside. */
const fingerprint = (...parts: readonly unknown[]): string =>
  JSON.stringify(parts).replace(/(ssosync-\w+\.|\(retired )\d{4}-\d\d-\d\d/g, "$1");
