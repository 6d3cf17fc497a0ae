/** A spread sample of the cuts; `npm run test:faults` makes all of them. */
import { expect, test } from "vitest";
import { CUTS, cutEverywhere, undisturbed, type Cut, type Often } from "./cut.ts";

test("one run makes every kind of change, and nobody's access is wrong after any of its writes", async () => {
  const { requests } = await undisturbed();
  expect(requests.filter(({ service, method }) => service === "scim" && method !== "GET")).toHaveLength(37);
});

const cuts = Object.keys(CUTS) as Cut[];
const rounds = cuts.flatMap((cut, at) =>
  (["once", "from there on"] as const).map((often, turn): [Cut, Often, number] => [
    cut,
    often,
    14 * turn + 3 * at,
  ]),
);

test.each(rounds)(
  "a request %s, %s, at a few places of a run: the next run puts it right",
  async (cut, often, first) => {
    expect(await cutEverywhere(cut, often, { first, step: 41 })).toEqual([]);
  },
);
