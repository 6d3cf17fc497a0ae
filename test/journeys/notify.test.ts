/** Whoever must act is told in one message. */
import { describe, expect, test } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { useBus } from "../emulator/bus.ts";
import type { Bus } from "../emulator/bus.ts";
import { at } from "../emulator/fill.ts";
import { stopClock } from "./day.ts";
import { journey } from "./journey.ts";
import type { Journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey & { readonly bus: Bus }> {
  const tables = await useTables();
  const bus = await useBus();
  const j = await journey({ settings: { NOTIFY: "alerts", ...tables.environment, ...settings } });
  await j.sync();
  return Object.assign(Object.create(j) as Journey, { bus });
}

/** Somebody is disabled by hand in AWS, and waits to be enabled. */
function disable(j: Journey, name: string): void {
  Object.assign(j.aws.user(at(name)), { active: false });
}

const detailsOf = ({ sent }: Bus) => sent.map(({ Detail }) => Detail);

describe("a message", () => {
  test("is sent when a run needs somebody, with the payload that approves what waits, and without a name", async () => {
    const j = await settled();
    expect(j.bus.sent).toEqual([]);
    disable(j, "kim");
    const { approvals } = await j.run();
    const ids = approvals.map(({ id }) => id);
    expect(j.bus.sent).toMatchObject([
      {
        ...{ EventBusName: "alerts", Source: "ssosync", DetailType: "ssosync needs somebody" },
        Detail: {
          ...{ status: "attention", action: "sync" },
          approvals: [{ kind: "enable", ids, payload: JSON.stringify({ action: "sync", approve: ids }) }],
        },
      },
    ]);
    expect(JSON.stringify(j.bus.sent)).not.toContain("kim");
    expect(j.bus.sent[0]?.Detail["sentence"]).toBe(
      "The run ended as attention: 1 approval is needed (1 enable).",
    );
  });

  test(
    "of a run about some neither repeats nor hides that of a run about everybody",
    { tags: "long" },
    async () => {
      const j = await settled({ MAX_GROUP_SHRINK: "1%,0" });
      for (const name of ["lena", "mona"]) j.google.addMember(at("aws-admins"), at(name));
      await j.sync();
      for (const name of ["lena", "mona"]) j.google.removeMember(at("aws-readonly"), at(name));
      disable(j, "kim");
      const whole = await j.run();
      const some = await j.run({ action: "sync", only: [at("ada")] });
      expect([whole, some].map(({ approvals }) => approvals.length)).toEqual([2, 1]);
      const before = j.bus.sent.length;
      await j.run();
      await j.run({ action: "sync", only: [at("ada")] });
      expect(j.bus.sent).toHaveLength(before);
    },
  );

  test("names people where NOTIFY_NAMES says so", async () => {
    const j = await settled({ NOTIFY_NAMES: "true" });
    disable(j, "kim");
    await j.run();
    expect(JSON.stringify(detailsOf(j.bus))).toContain(at("kim"));
  });

  test(
    "is not sent again while nothing has changed, and is when something has",
    { tags: "long" },
    async () => {
      const j = await settled();
      disable(j, "kim");
      await j.run();
      await j.run();
      await j.run();
      expect(j.bus.sent).toHaveLength(1);
      disable(j, "lena");
      await j.run();
      await j.run();
      expect(j.bus.sent).toHaveLength(2);
    },
  );

  test("is sent again once a day while nothing has changed", { tags: "long" }, async () => {
    const j = await settled();
    disable(j, "kim");
    const later = stopClock();
    const sent: number[] = [];
    for (let hour = 0; hour <= 50; hour += 5) {
      await j.run();
      sent.push(j.bus.sent.length);
      later(5);
    }
    expect(sent).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3]);
  });

  test("is sent of leavers who are refused, with the payload, and says which function in which Region", async () => {
    const j = await settled({ MAX_LEAVERS: "3" });
    for (const name of ["ada", "kim", "lena", "nils", "mona"]) j.google.suspend(at(name));
    const environment = { AWS_LAMBDA_FUNCTION_NAME: "ssosync", AWS_REGION: "us-east-1" };
    const { approvals } = await j.run({ action: "leavers" }, { settings: environment });
    await j.run({ action: "leavers" }, { settings: environment });
    const ids = approvals.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(detailsOf(j.bus)).toMatchObject([
      {
        ...{ status: "refused", action: "leavers", function: "ssosync", region: "us-east-1" },
        approvals: [{ kind: "leavers", ids, payload: JSON.stringify({ action: "sync", approve: ids }) }],
      },
    ]);
  });

  test("is sent of a plan that cannot be right", async () => {
    const j = await settled();
    j.google.lies.hideGroups("*");
    expect((await j.run()).status).toBe("refused");
    await j.run();
    expect(detailsOf(j.bus)).toMatchObject([{ status: "refused", approvals: [] }]);
  });

  test("is sent of an approval that was given", async () => {
    const j = await settled();
    disable(j, "kim");
    const { approvals } = await j.run();
    await j.run({ action: "sync", approve: approvals.map(({ id }) => id) }, { qualifier: "approve" });
    expect(detailsOf(j.bus).map(({ status, sentence }) => [status, sentence])).toEqual([
      ["attention", expect.any(String)],
      ["succeeded", "The run ended as succeeded: 1 approval was given."],
    ]);
  });

  test("is sent of a run that failed before it came to anything", async () => {
    const j = await settled();
    j.emulator.fault({ when: { operation: "groups.list" }, times: Infinity, do: { status: 403 } });
    await expect(j.run()).rejects.toThrow();
    expect(detailsOf(j.bus)).toMatchObject([{ status: "failed", approvals: [] }]);
  });

  test("is not sent of a plan, nor of a request that is wrong in itself", async () => {
    const j = await settled();
    disable(j, "kim");
    await j.plan();
    await expect(j.run({ action: "sync", only: ["nobody@example.com"] })).rejects.toThrow();
    expect(j.bus.sent).toEqual([]);
  });

  test.each([
    ["the right is missing", { exception: "AccessDeniedException" }],
    ["the bus is not there", { exception: "ResourceNotFoundException" }],
    ["it is not taken", { entry: "InternalFailure" }],
  ])("that cannot be sent, because %s, fails no run", async (_, how) => {
    const j = await settled();
    j.bus.refuse(how);
    disable(j, "kim");
    const { invoke } = lambda(j, j.bus.environment);
    const { result, lines } = await invoke({});
    expect(result?.status).toBe("attention");
    expect(lines.filter(({ level }) => level === "WARN").map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/bus alerts/),
    );
    expect(j.bus.sent).toEqual([]);
  });

  test("is sent rather twice than never where nothing remembers what was told", async () => {
    const j = await settled();
    disable(j, "kim");
    await j.run({}, { settings: { TALLY: "" } });
    await j.run({}, { settings: { TALLY: "" } });
    expect(j.bus.sent).toHaveLength(2);
  });
});

test("without NOTIFY nothing is sent", async () => {
  const j = await settled({ NOTIFY: "" });
  disable(j, "kim");
  await j.run();
  expect(j.bus.sent).toEqual([]);
});
