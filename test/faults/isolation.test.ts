/** One write refused, wherever it comes in a run, and one culprit in a full chunk of members. */
import { expect, test } from "vitest";
import { refusedAt, writes } from "./isolation.ts";
import { withStage, theRun, undisturbed } from "./cut.ts";
import { at } from "../emulator/fill.ts";

test.each([400, 404, 409])(
  "when one member is refused with %i, the other 129 get in with few requests",
  async (status) => {
    const { approve } = await undisturbed();
    await withStage(approve, async (stage) => {
      const { emulator } = stage;
      const culprit = emulator.aws.user(at("crowd077")).id;
      const adds = '"op":"add"';
      emulator.fault({
        when: ({ operation, body }) => {
          const text = JSON.stringify(body ?? "");
          return operation === "PatchGroup" && text.includes(adds) && text.includes(culprit);
        },
        times: Infinity,
        do: { status },
      });
      const { outcomes, summary } = await theRun(stage);
      expect(summary?.failed).toEqual({ "members.add": 1 });
      const failed = outcomes.find((outcome) => outcome.status === "failed");
      expect(JSON.stringify(failed?.change)).toContain(at("crowd077"));
      expect(emulator.aws.membersOf("aws-big")).toHaveLength(130);
      expect(emulator.aws.membersOf("aws-big")).not.toContain(at("crowd077"));
      const big = emulator.aws.group("aws-big").id;
      // A hundred halved until one is left: two requests for each of seven levels, one for the other chunk.
      expect(
        emulator.count(({ operation, path }) => operation === "PatchGroup" && path.endsWith(big)),
      ).toBeLessThan(18);
    });
  },
);

test.each([400, 404, 409])(
  "any one write refused with %i costs its object and what depends on it, and nothing else",
  { tags: "long" },
  async (status) => {
    const wrong: (string | undefined)[] = [];
    for (const index of await writes()) wrong.push(await refusedAt(index, status));
    expect(wrong.filter((one) => one !== undefined)).toEqual([]);
  },
);
