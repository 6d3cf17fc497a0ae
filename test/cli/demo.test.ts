import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { prose, REAL } from "./demo.ts";
import { cli, ended, start } from "./stage.ts";

test(
  "the demo shows plan, apply, nothing to do, changes, plan and apply, and a leaver, and ends well without a terminal",
  { tags: "long" },
  async () => {
    const { code, out, err } = await ended(start("test/emulator/demo.ts", [], { CI: "true", ...REAL }));
    expect({ code, err: err.replace(/^(Reading|Google|Writing|Asking) .*\n/gm, "") }).toEqual({
      code: 0,
      err: "",
    });
    expect(out.match(/^\$ npx ssosync .*$/gm)).toEqual([
      "$ npx ssosync plan",
      "$ npx ssosync apply --yes",
      "$ npx ssosync plan",
      "$ npx ssosync plan",
      "$ npx ssosync apply --yes",
      "$ npx ssosync leavers --yes",
    ]);
    expect(out).toMatch(
      /It writes faster here than AWS allows; at the default rate, this takes\s+about ten seconds\./,
    );
    expect(out).toContain("Done: 118 users created, 15 groups created, 307 memberships added");
    expect(out).toContain("Nothing to do: 118 users and 15 groups match Google Workspace.");
    expect(out).toContain("- retire   ivan.petrov@example.com (Иван Петров): no longer in Google");
    expect(out).toContain("zoe.dangelo@example.com → zoe.romano@example.com");
    expect(out).toMatch(/- disable +jose.nunez@example.com .*: suspended or archived in Google\n/);
    expect(out).toContain("Done: 1 user disabled");
    expect(out).toMatch(/Out of AWS \d\.\d seconds after being suspended\./);
    expect(out).not.toContain("\u001b");
    expect(prose(out).filter((line) => line.length > 80)).toEqual([]);
    expect(quoted().filter((line) => !undated(out).split("\n").includes(line))).toEqual([]);
  },
);

const undated = (text: string): string => text.replace(/\d{4}-\d\d-\d\d/g, "DATE");

/** The plan that the README shows as real output; `…` stands for lines that it leaves out. */
function quoted(): readonly string[] {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, plan = ""] = /```text\n(People [\s\S]*?)```/.exec(readme) ?? [];
  const lines = undated(plan).split("\n");
  expect(lines.length).toBeGreaterThan(10);
  return lines.filter((line) => line.trim() !== "…");
}

test(
  "the emulator prints settings that work as they are, takes commands, and ends when told",
  { tags: "long" },
  async () => {
    const child = start("test/emulator/main.ts", ["--port", "0"], {});
    const result = ended(child);
    let printed = "";
    child.stdout?.on("data", (text: Buffer) => (printed += text.toString()));
    while (!printed.includes("as Ctrl-C does")) await new Promise((resolve) => setTimeout(resolve, 20));
    const exported = [...printed.matchAll(/^export (\w+)=(\S+)$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]);
    for (const line of ["join nova.jones aws-admins", "leave ivan.petrov", "hide", "dance", "leave nobody"]) {
      child.stdin?.write(`${line}\n`);
    }
    while (!printed.includes("no user nobody")) await new Promise((resolve) => setTimeout(resolve, 20));
    const { out } = await cli(["plan", "--who", "nova.jones@example.com"], Object.fromEntries(exported));
    expect(out).toContain("+ create   nova.jones@example.com (Nova Jones)");
    child.kill("SIGTERM");
    const { code } = await result;
    expect(code).toBe(0);
    expect(printed).toContain("ivan.petrov@example.com has left");
    expect(printed).toContain("This takes: hide ADDRESS");
    expect(printed).toContain('There is no command "dance" here');
  },
);

test("the emulator says so when its port is no number", async () => {
  const { code, err } = await ended(start("test/emulator/main.ts", ["--port", "many"], {}));
  expect(code).toBe(1);
  expect(err).toBe("--port takes a number from 0 to 65535, not many\n");
});

test("the demo can do without a key", { tags: "long" }, async () => {
  const { code, out, err } = await ended(
    start("test/emulator/demo.ts", ["--keyless"], { CI: "true", ...REAL }),
  );
  expect({ code, err: err.replace(/^(Reading|Google|Writing|Asking) .*\n/gm, "") }).toEqual({
    code: 0,
    err: "",
  });
  expect(out).toContain("There is no key:");
  expect(out).toContain("Done: 118 users created, 15 groups created, 307 memberships added");
  expect(out).toContain("- retire   ivan.petrov@example.com (Иван Петров): no longer in Google");
  expect(prose(out).filter((line) => line.length > 80)).toEqual([]);
});
