/** @module-tag long */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { around, expectTheEnd, nextRuns, undisturbed, withStage, type Stage } from "../cut.ts";
import { environmentOf } from "../stage.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** The run in a process of its own, which is killed the moment its `nth` write took effect. */
async function killedAt(nth: number, { emulator, approve }: Stage): Promise<string | null> {
  const task = {
    environment: environmentOf(emulator, around.settings),
    event: { action: "sync", approve: [approve] },
  };
  const child = spawn(process.execPath, [CHILD, JSON.stringify(task)], { stdio: "ignore" });
  let writes = 0;
  emulator.onWrite(() => {
    if (writes === nth) child.kill("SIGKILL");
    writes += 1;
  });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  // What the dead process had sent may still arrive.
  await new Promise((resolve) => setTimeout(resolve, 20));
  writes = -Infinity;
  return signal;
}

test("a process killed after any of its writes leaves a target that the next run makes good", async () => {
  const { approve, requests } = await undisturbed();
  const writes = requests.filter(({ service, method }) => service === "scim" && method !== "GET").length;
  const wrong: string[] = [];
  for (let nth = 0; nth < writes; nth += 1) {
    try {
      await withStage(approve, async (stage) => {
        expect(await killedAt(nth, stage)).toBe("SIGKILL");
        await nextRuns(stage);
        expectTheEnd(stage);
      });
    } catch (error) {
      wrong.push(`killed after write ${nth}: ${String(error)}`);
    }
  }
  expect(wrong).toEqual([]);
});
