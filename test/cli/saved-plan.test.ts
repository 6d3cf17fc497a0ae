import { mkdtemp, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NOTHING_ASKED } from "../../src/core/carries.ts";
import type { Change } from "../../src/core/change.ts";
import { sourceId, targetId } from "../../src/core/model.ts";
import type { Proposal } from "../../src/run/proposal.ts";
import { savedPlanText } from "../../src/terminal/saved-plan.ts";
import { cli, company, settings, synced } from "./stage.ts";

const fileIn = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), "plan-")), "plan.json");

test("a saved plan is applied without a question, and leaves nothing to do", async () => {
  const emulator = await company();
  const path = await fileIn();
  const planned = await cli(["plan", "--out", path], settings(emulator));
  expect(planned.code).toBe(2);
  expect(planned.err).toContain(`npx ssosync apply ${path}`);
  const applied = await cli(["apply", path], settings(emulator));
  expect(applied).toMatchObject({ code: 0, out: expect.stringContaining("Done: 5 users created") as string });
  expect((await cli(["plan"], settings(emulator))).code).toBe(0);
});

test("a saved plan that is another one by now is not applied, not even in part", async () => {
  const emulator = await company();
  synced(emulator);
  const path = await fileIn();
  emulator.google.addUser({ email: "eve@example.com" });
  emulator.google.addMember("aws-devs@example.com", "eve@example.com");
  await cli(["plan", "--out", path], settings(emulator));
  emulator.google.addMember("aws-admins@example.com", "eve@example.com");
  const { code, err } = await cli(["apply", path], settings(emulator));
  expect(code).toBe(2);
  expect(err).toContain("no longer the plan that was saved");
  expect(emulator.writes()).toEqual([]);
});

test("a saved plan that was narrowed is applied as narrow as it was", async () => {
  const emulator = await company();
  const path = await fileIn();
  await cli(["plan", "--who", "bob@example.com", "--out", path], settings(emulator));
  const { code, out } = await cli(["apply", path], settings(emulator));
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("Done: 1 user created") as string });
  expect(out).not.toContain("now matches");
});

test.each(["not JSON", "{}", `{"format":"ssosync plan 2","digest":"${"0".repeat(64)}"}`])(
  "%s is no saved plan, and nothing is asked for",
  async (text) => {
    const emulator = await company();
    const path = await fileIn();
    await writeFile(path, text);
    const { code, err } = await cli(["apply", path], settings(emulator));
    expect(code).toBe(1);
    expect(err).toContain("cannot be read as a saved plan");
    expect(emulator.requests).toEqual([]);
  },
);

test("a saved plan is not narrowed, and approves nothing", async () => {
  const { code, err } = await cli(["apply", "plan.json", "--who", "ada@example.com"]);
  expect(code).toBe(1);
  expect(err).toContain("applied as it is, or not at all");
});

test("files that name people are for their owner alone, and never written through a link", async () => {
  const emulator = await company();
  const [plan, page] = [await fileIn(), await fileIn()];
  await writeFile(plan, "the last one", { mode: 0o644 });
  await cli(["plan", "--out", plan, "--html", page], settings(emulator));
  for (const path of [plan, page]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  const elsewhere = await fileIn();
  await writeFile(elsewhere, "somebody else's");
  emulator.forget();
  for (const option of ["--out", "--html"]) {
    const link = await fileIn();
    await symlink(elsewhere, link);
    const { code, err } = await cli(["plan", option, link], settings(emulator));
    expect({ code, requests: emulator.requests }).toEqual({ code: 1, requests: [] });
    expect(err).toMatch(/it is a link; nothing was read/);
  }
  expect(await readFile(elsewhere, "utf8")).toBe("somebody else's");
});

// ---------------------------------------------------------------- what makes two plans the same

const ADA = { externalId: sourceId("1"), label: "ada@example.com" };
const BOB = { externalId: sourceId("2"), label: "bob@example.com" };
const DEVS = { externalId: sourceId("g"), label: "devs" };
const add = (...users: readonly (typeof ADA)[]): Change => ({ kind: "members.add", group: DEVS, users });
const retire = (mark: string): Change => ({
  kind: "user.retire",
  id: targetId("u"),
  before: { id: targetId("u"), userName: "ada@example.com" } as Extract<
    Change,
    { kind: "user.retire" }
  >["before"],
  patch: { active: false, externalId: mark },
  cause: "gone",
  needs: [],
});
function digest(store: string, ...changes: readonly Change[]): string {
  const plan = { steps: [changes], groups: new Map() };
  const where = { situation: { now: "" }, region: "eu-west-1", store: { id: store } };
  const proposal = { plan, held: [], carries: NOTHING_ASKED, ...where };
  const text = savedPlanText(proposal as unknown as Proposal, undefined);
  return (JSON.parse(text) as { digest: string }).digest;
}

test("two plans are the same whatever their order, their requests and the day of a mark, and nothing else", () => {
  const one = digest("d-1", retire("ssosync-retired.2026-01-01.1"), add(ADA, BOB));
  expect(digest("d-1", add(BOB), add(ADA), retire("ssosync-retired.2026-02-02.1"))).toBe(one);
  const others = [
    digest("d-2", retire("ssosync-retired.2026-01-01.1"), add(ADA, BOB)),
    digest("d-1", retire("ssosync-retired.2026-01-01.2"), add(ADA, BOB)),
    digest("d-1", retire("ssosync-retired.2026-01-01.1"), add(ADA)),
    digest("d-1", add(ADA, BOB)),
  ];
  expect(new Set([one, ...others]).size).toBe(5);
});
