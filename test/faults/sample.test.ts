/** A sample of the cuts, one of each kind; `npm run test:long` makes all of them. */
import { expect, test } from "vitest";
import { CUTS, cutEverywhere, undisturbed, type Cut, type Often } from "./cut.ts";

test("one run makes every kind of change, and nobody's access is wrong after any of its writes", async () => {
  const { requests } = await undisturbed();
  expect(requests.filter(({ service, method }) => service === "scim" && method !== "GET")).toHaveLength(37);
});

const cuts = Object.keys(CUTS) as Cut[];
const rounds = cuts.map((cut, at): [Cut, Often, number] => [
  cut,
  at % 2 === 0 ? "once" : "from there on",
  8 * at + 5,
]);

test.each(rounds)(
  "a request %s, %s, at one place of a run: the next run puts it right",
  async (cut, often, first) => {
    expect(await cutEverywhere(cut, often, { first, step: Infinity })).toEqual([]);
  },
);
