/** A small company for faults that need no more. */
import type { Emulator } from "../emulator/emulator.ts";
import { fill, mirror } from "../emulator/fill.ts";

export const person = (n: number): string => `person${String(n).padStart(2, "0")}`;

/** So many people, all of them in `aws-all`, every third in `aws-some`; AWS knows nobody yet. */
export function team({ google }: Emulator, people = 12): void {
  const names = Array.from({ length: people }, (_, n) => person(n));
  fill(google, {
    people: Object.fromEntries(names.map((name) => [name, `Given ${name}`])),
    groups: { "aws-all": names, "aws-some": names.filter((_, n) => n % 3 === 0) },
  });
}

/** The same, in AWS as well. */
export function settledTeam(emulator: Emulator, people = 12): void {
  team(emulator, people);
  mirror(emulator.google, emulator.aws);
}
