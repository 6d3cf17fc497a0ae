/** @module-tag search */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { stride } from "../search.ts";
import { outcomesOf } from "./journey.ts";
import { ended, leave, leavers, settled } from "./leaving.ts";

test("a run that is killed between any two requests leaves nobody disabled without a mark, and the next one reaches the same end", async () => {
  const work = async (writes: number): Promise<number> => {
    const j = await settled();
    leave(j);
    j.google.removeMember(at("aws-readonly"), at("kim"));
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    let done = 0;
    j.emulator.onWrite(() => {
      done += 1;
      for (const { active, userName, externalId = "" } of j.aws.users)
        if (!active) expect(externalId, userName).toMatch(/^ssosync-(suspended|retired)\./);
    });
    const fault = j.emulator.fault({
      when: ({ service, method }) => service === "scim" && method !== "GET" && done >= writes,
      times: Infinity,
      do: "drop-before",
    });
    await ended(j);
    if (done < leavers.length) expect(outcomesOf(j, "applied")).toHaveLength(done);
    fault.remove();
    await j.sync();
    await j.settle();
    return fault.hits;
  };
  for (let writes = 0; (await work(writes)) > 0; writes += stride(5)) expect(writes).toBeLessThan(40);
});
