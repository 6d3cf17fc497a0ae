import { nameKey } from "../core/names.ts";
import { nearest } from "../settings/nearest.ts";

const MOST_NEAR = 3;

/** Names that contain the subject, at most three, or else the one that takes the fewest edits, if that is few. */
export function nearNames(subject: string, names: readonly string[]): readonly string[] {
  const wanted = nameKey(subject);
  const inside = names.filter((name) => wanted.length >= 3 && nameKey(name).includes(wanted));
  if (inside.length > 0) return [...new Set(inside)].slice(0, MOST_NEAR);
  const { word, edits } = nearest(subject, names);
  // A domain that is right says nothing about the person.
  return edits <= Math.max(1, subject.replace(/@.*/, "").length / 4) ? [word] : [];
}
