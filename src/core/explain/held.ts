import { isAbout } from "../change-sentence.ts";
import type { Evidence } from "./evidence.ts";
import type { Step } from "./explain.ts";
import { reasonText } from "../words.ts";
import type { TargetId } from "../model.ts";

/** What of an object's own changes is held back, and the id under which it can be approved where that is possible. */
export function heldSteps(
  object: { readonly id: TargetId; readonly name: string } | undefined,
  { held, waiting }: Evidence,
): readonly Step[] {
  if (object === undefined) return [];
  return held
    .filter(({ change }) => isAbout(change, { source: undefined, target: object.id }))
    .flatMap(({ change, reason }): readonly Step[] => {
      const wait = waiting.find(
        ({ kind, about, within }) => kind === "unsure" && about?.target === object.id && within === undefined,
      );
      const told: Step = { topic: "held", sentence: `${change.kind} is held back: ${reasonText(reason)}.` };
      return wait === undefined
        ? [told]
        : [told, { topic: "waits", sentence: `It can be approved with the id ${wait.id}.` }];
    });
}
