import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@cdktn/hcl2json";
import { beforeAll, describe, expect, it } from "vitest";
import { settingNames } from "../../src/settings/table.ts";
import { MAIN, read, readModule, ROOT, type Module } from "./modules.ts";

const GUIDE = "lambroll/README.md";
const ALARMS = "lambroll/operating.md";
const PAGES = [GUIDE, ALARMS, "lambroll/approvals.md", "lambroll/road-to-sso.md"] as const;

let main: Module;
beforeAll(async () => {
  main = await readModule(MAIN);
});

const fenced = (page: string): readonly string[] =>
  [...read(page).matchAll(/^( *)```\w*\n([\s\S]*?)^\1```$/gm)].map(([, , code = ""]) => code);

describe.each(PAGES)("%s", (page) => {
  it("names only files of this repository that exist", () => {
    const named = [
      ...read(page).matchAll(
        /`((?:lambroll|src|test|dist)\/[\w./-]*|\.?[\w-]+\.(?:json|jsonnet|tf)|\.lambroll-version)`/g,
      ),
    ]
      .map(([, name = ""]) => name)
      // What the steps themselves make, and what a build makes.
      .filter((name) => !["key.json", "plan.json", "backend.tf", "dist/"].includes(name));
    const missing = named.filter(
      (name) => ![name, `lambroll/${name}`, `${MAIN}/${name}`].some((at) => existsSync(join(ROOT, at))),
    );
    expect(missing).toEqual([]);
  });

  it("shows JSON that is JSON", () => {
    for (const [, code = ""] of read(page).matchAll(/```json\n([\s\S]*?)```/g)) {
      expect(JSON.parse(code)).toBeTypeOf("object");
    }
  });

  it("shows Terraform that is Terraform", async () => {
    for (const [, code = ""] of read(page).matchAll(/```hcl\n([\s\S]*?)```/g))
      await expect(parse(page, code)).resolves.toBeTypeOf("object");
  });

  it("names only settings that exist", () => {
    const elsewhere = ["AWS_PROFILE", "AWS_REGION", "FUNCTION_ROLE_ARN", "LAMBROLL_ENVFILE"];
    const set = [...read(page).matchAll(/\b(?:SSOSYNC_([A-Z_]+)|([A-Z]+(?:_[A-Z]+)+))=/g)].map(
      ([, long, plain = ""]) => long ?? plain,
    );
    const unknown = set.filter((name) => ![...settingNames, ...elsewhere].includes(name));
    expect(unknown).toEqual([]);
  });
});

describe("the operator's guide", () => {
  const rows = (): readonly (readonly string[])[] =>
    read(GUIDE)
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );

  it("explains every alarm, with its urgency and what to do, and no other", () => {
    const alarms = main.locals["alarms"] as Record<string, { urgency: string }>;
    const explained = [...read(ALARMS).matchAll(/^### `ssosync-([\w-]+)`: (\w+)\n([\s\S]*?)(?=^#)/gm)];
    expect(explained.map(([, name, urgency]) => [name, urgency]).toSorted()).toEqual(
      Object.entries(alarms)
        .map(([name, { urgency }]) => [name, urgency])
        .toSorted(),
    );
    for (const [, , , text] of explained) expect(text).toMatch(/^\n\w[\s\S]{20,}\n\n\*\*What to do\*\*: /);
  });

  it("sets only variables, and reads only outputs, that the module has", () => {
    const code = PAGES.slice(0, 3).flatMap(fenced).join("\n");
    const set = [...code.matchAll(/^\s*([a-z_]+) += /gm)].map(([, name = ""]) => name);
    const more = [...read(ALARMS).matchAll(/-var '?(\w+)=/g)].map(([, name = ""]) => name);
    expect(set.length).toBeGreaterThan(3);
    const elsewhere = ["bucket", "key", "use_lockfile", "role_arn", "source_profile"];
    const unknown = [...set, ...more].filter((name) => main.variables[name] === undefined);
    expect(unknown).toEqual(elsewhere);
    const asked = [...read(GUIDE).matchAll(/terraform -chdir=\S+\s+output (?:-raw )?(\w+)/g)].map(
      ([, name = ""]) => name,
    );
    expect(asked).toEqual(["sync_env", "dashboard_url"]);
    expect(asked.filter((name) => main.outputs[name] === undefined)).toEqual([]);
  });

  it("stores values only in secrets that are there, and deploys only with the role and settings that were written before", () => {
    const steps = [
      "terraform apply",
      "put SSOSync",
      "output -raw sync_env",
      "npm run deploy",
      "lambroll invoke",
    ];
    const pasted = fenced(GUIDE).join("\n").replaceAll("-chdir=lambroll/terraform ", "");
    const at = steps.map((step) => pasted.indexOf(step));
    expect(at).not.toContain(-1);
    expect(at).toEqual(at.toSorted((one, other) => one - other));
  });

  it("names every example", () => {
    const examples = [...read(GUIDE).matchAll(/\]\(terraform\/examples\/([\w-]+)\/main\.tf\)/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(examples)].toSorted()).toEqual([
      "assignments",
      "chat",
      "deploy-role",
      "eks-access-entries",
      "eks-aws-auth",
      "end-sessions",
      "google",
      "permission-sets",
      "staged-migration",
      "two-installations",
    ]);
  });

  it("estimates the costs from as many metrics, alarms and secrets as there are", () => {
    const prices = rows()
      .filter((row) => /^\*{0,2}\$[\d.]+\*{0,2}$/.test(row[2] ?? ""))
      .map(([what = "", , price = ""]) => [what, Number(price.replaceAll(/[*$]/g, ""))] as const);
    const parts = prices.filter(([what]) => what !== "**sum**");
    const sum = parts.reduce((total, [, price]) => total + price, 0);
    expect(prices.find(([what]) => what === "**sum**")?.[1]).toBeCloseTo(sum, 2);
    const counted = Object.fromEntries(
      rows().map(([what = "", how = ""]) => [what, Number(how.split(" ")[0])]),
    );
    expect(counted["alarms"]).toBe(Object.keys(main.locals["alarms"] as object).length);
    expect(counted["secrets"]).toBe(Object.keys(main.locals["secrets"] as object).length);
    // Whoever left is counted by two kinds of run, under one name.
    const metrics = read("src/log/metrics.ts").match(/\["\w+", "(?:Count|Milliseconds|None)"/g);
    expect(counted["metrics"]).toBe(new Set(metrics).size);
  });
});
