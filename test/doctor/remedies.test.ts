/** Of what the doctor says about authority: whoever does what it says no longer hears it. */
import { expect, test } from "vitest";
import { clinic, finding, type Clinic } from "./clinic.ts";

type Settings = Readonly<Record<string, string | undefined>>;
interface Case {
  readonly id: string;
  /** Part of what it says to do. */
  readonly todo: string;
  readonly wrong: (clinic: Clinic) => Settings;
  readonly done: (clinic: Clinic) => Settings;
}

const IN_LAMBDA = { AWS_LAMBDA_FUNCTION_NAME: "ssosync" };
const group = ({ emulator }: Clinic): Settings => {
  emulator.aws.addGroup({ displayName: "approvers" });
  return {};
};

test.each<Case>([
  {
    id: "settings.approvers",
    todo: "Remove it",
    wrong: () => ({ APPROVE_QUALIFIER: "any" }),
    done: () => ({}),
  },
  {
    id: "approvals.alias",
    todo: "Set function_exists = true in Terraform and apply it",
    wrong: ({ emulator }) => (emulator.lambda.delete("approve"), IN_LAMBDA),
    done: ({ emulator }) => (emulator.lambda.set("approve", emulator.lambda.get("current")!), IN_LAMBDA),
  },
  {
    id: "approvals.alias",
    todo: "or name another alias in APPROVE_QUALIFIER",
    wrong: ({ emulator }) => (emulator.lambda.delete("approve"), IN_LAMBDA),
    done: ({ emulator }) => (
      emulator.lambda.set("yes", emulator.lambda.get("current")!),
      { ...IN_LAMBDA, APPROVE_QUALIFIER: "yes" }
    ),
  },
  {
    id: "approvals.alias",
    todo: "Remove APPROVE_QUALIFIER",
    wrong: () => ({ ...IN_LAMBDA, APPROVE_QUALIFIER: "current" }),
    done: () => IN_LAMBDA,
  },
  {
    id: "approvals.alias",
    todo: "Deploy again, which moves current",
    wrong: ({ emulator }) => (emulator.lambda.set("current", { CodeSha256: "older" }), IN_LAMBDA),
    done: ({ emulator }) => (emulator.lambda.set("current", emulator.lambda.get("approve")!), IN_LAMBDA),
  },
  {
    id: "aws.tally",
    todo: "Set TALLY",
    wrong: () => ({ TALLY: undefined }),
    done: () => ({}),
  },
  {
    id: "reach.groups",
    todo: "PROTECT_GROUPS",
    wrong: group,
    done: () => ({ PROTECT_GROUPS: "approvers" }),
  },
  {
    id: "reach.groups",
    todo: "or IGNORE_GROUPS",
    wrong: group,
    done: () => ({ IGNORE_GROUPS: "approvers" }),
  },
  {
    id: "reach.users",
    todo: "Add them to IGNORE_USERS",
    wrong: ({ emulator }) => (emulator.aws.addUser({ userName: "breakglass@elsewhere.example" }), {}),
    done: () => ({ IGNORE_USERS: "breakglass@elsewhere.example" }),
  },
  {
    id: "settings.fence",
    todo: "List the addresses",
    wrong: () => ({ INCLUDE_GROUPS: "aws-admins" }),
    done: () => ({ INCLUDE_GROUPS: "aws-admins@example.com" }),
  },
  {
    id: "settings.fence.match",
    todo: "email:aws-*",
    wrong: () => ({ GROUP_MATCH: "name:aws-*" }),
    done: () => ({ GROUP_MATCH: "email:aws-*" }),
  },
])("$id: $todo", async ({ id, todo, wrong, done }) => {
  const here = await clinic();
  const before = finding(await here.examine(wrong(here)), id);
  expect(before).toMatchObject({ level: "warning", todo: expect.stringContaining(todo) as string });
  const after = (await here.examine(done(here))).findings.filter((one) => one.id === id);
  expect(after.filter(({ level }) => level !== "ok")).toEqual([]);
});
