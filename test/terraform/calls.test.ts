import { beforeAll, describe, expect, it } from "vitest";
import { allowed, fits } from "./iam.ts";
import { block, MAIN, readModule, statements, texts, type Module, type Statement } from "./modules.ts";

const FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:ssosync";
const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
const CALLERS = { operator: "current", approver: "approve" } as const;
type Caller = keyof typeof CALLERS;

let main: Module;
beforeAll(async () => {
  main = await readModule(MAIN);
});

/** Statements with the few expressions in use filled in. */
function filled(document: string, caller: Caller): readonly Statement[] {
  const known: Readonly<Record<string, string>> = {
    "local.function_arn": FUNCTION,
    "each.value.alias": CALLERS[caller],
    "statement.value": "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/ssosync",
  };
  return JSON.parse(
    JSON.stringify(statements(main, document)).replace(
      /\$\{([\w.]+)\}/g,
      (whole, name: string) => known[name] ?? whole,
    ),
  ) as Statement[];
}

const ALIASES = ["", ":current", ":approve", ":$LATEST", ":1", ":42", ":other", ":current2", ":CURRENT"];
const ANYTHING: Statement = { effect: "Allow", actions: ["*"], resources: ["*"] };
const invoked = (policies: readonly Statement[], principal: string): readonly string[] =>
  ALIASES.filter((alias) =>
    allowed(policies, {
      action: "lambda:InvokeFunction",
      resource: `${FUNCTION}${alias}`,
      principal: role(principal),
    }),
  );

describe.each(["operator", "approver"] as const)("the %s", (caller) => {
  const alias = `:${CALLERS[caller]}`;

  it("calls through one alias, and through no version and no other alias", () => {
    expect(invoked(filled("caller", caller), `ssosync-${caller}`)).toEqual([alias]);
  });

  it("still does when somebody gives the role every right there is", () => {
    expect(invoked([...filled("caller", caller), ANYTHING], `ssosync-${caller}`)).toEqual([alias]);
    expect(invoked([ANYTHING], `ssosync-${caller}`)).toEqual(ALIASES);
  });
});

describe("everybody else", () => {
  const denied = (): readonly Statement[] => {
    const [statement] = filled("deny_direct_calls", "operator");
    const [condition] = statement?.condition ?? [];
    // The roles are named as their resources are: by the function's name and what they do.
    const named = texts(condition?.values).join("");
    expect(named).toContain("aws_iam_role.scheduler.arn");
    expect(named).toContain('for role in sort(keys(local.callers)) : "arn:');
    expect(named).toContain(":role/${var.function_name}-${role}");
    const values = ["scheduler", ...Object.keys(CALLERS)].map((name) => role(`ssosync-${name}`));
    return [{ ...statement!, condition: [{ ...condition!, values }] }];
  };

  it("does not call at all, administrators included", () => {
    expect(invoked([ANYTHING, ...denied()], "administrator")).toEqual([]);
    expect(invoked([ANYTHING, ...denied()], "ssosync")).toEqual([]);
  });

  it("keeps the operator and the approver to their aliases", () => {
    for (const caller of ["operator", "approver"] as const) {
      const policies = [ANYTHING, ...filled("caller", caller), ...denied()];
      expect(invoked(policies, `ssosync-${caller}`)).toEqual([`:${CALLERS[caller]}`]);
    }
  });

  it("is kept out by a service control policy, and by an IAM policy where none reaches", () => {
    const text = "${data.aws_iam_policy_document.deny_direct_calls.minified_json}";
    expect(main.outputs["deny_direct_calls"]?.["value"]).toBe(text);
    expect(block(main, "aws_iam_policy.deny_direct_calls")["policy"]).toBe(
      "${data.aws_iam_policy_document.deny_direct_calls.json}",
    );
  });
});

it("no other policy lets anybody call the function, and the schedule calls through the alias current", () => {
  const calling = main.blocks.filter(
    ({ type, body }) => type === "aws_iam_policy_document" && texts(body).includes("lambda:InvokeFunction"),
  );
  expect(calling.map(({ name }) => name).toSorted()).toEqual(["caller", "deny_direct_calls", "scheduler"]);
  const [start] = statements(main, "scheduler").filter(({ actions }) =>
    actions.includes("lambda:InvokeFunction"),
  );
  expect(start?.resources).toEqual(["${local.function_arn}:current"]);
});

describe("whoever may become the operator or the approver", () => {
  /** The patterns that Terraform makes of `111122223333/SecurityLead`. */
  const patterns = (): readonly string[] => {
    const text = texts(main.locals["principal_arns"]).join("");
    const [, format = ""] = /format\(\s*"([^"]+)"/.exec(text) ?? [];
    const [, paths = ""] = /for path in (\[[^\]]*\])/.exec(text) ?? [];
    expect(format.match(/%s/g)).toHaveLength(4);
    return (JSON.parse(paths) as string[]).map((path) =>
      ["aws", "111122223333", path, "SecurityLead"].reduce((made, part) => made.replace("%s", part), format),
    );
  };
  const may = (arn: string): boolean => patterns().some((pattern) => fits(pattern, arn));
  const END = "0123456789abcdef";
  const PATH = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com";

  it("has a permission set's own role, whatever Region IAM Identity Center is in", () => {
    expect(may(`${PATH}/AWSReservedSSO_SecurityLead_${END}`)).toBe(true);
    expect(may(`${PATH}/eu-west-1/AWSReservedSSO_SecurityLead_${END}`)).toBe(true);
    expect(may(`${PATH}/ap-southeast-3/AWSReservedSSO_SecurityLead_${END}`)).toBe(true);
  });

  it.each([
    ["a permission set whose name begins the same", `${PATH}/AWSReservedSSO_SecurityLead_Trainees_${END}`],
    ["one whose name goes on", `${PATH}/eu-west-1/AWSReservedSSO_SecurityLeads_${END}`],
    ["one whose name ends the same", `${PATH}/eu-west-1/AWSReservedSSO_Not_SecurityLead_${END}`],
    ["one of another account", `${PATH.replace("1111", "9999")}/AWSReservedSSO_SecurityLead_${END}`],
    ["a role that anybody could have made", role(`AWSReservedSSO_SecurityLead_${END}`)],
    ["a role with a path like it", role(`sso.amazonaws.com/AWSReservedSSO_SecurityLead_${END}`)],
  ])("has not: %s", (_, arn) => {
    expect(may(arn)).toBe(false);
  });

  it("is named in a condition, because an account alone would let in everybody who is in it", () => {
    const trust = block(main, "data.aws_iam_policy_document.caller_trust");
    expect(JSON.stringify(trust)).toContain(
      '"condition":[{"test":"ArnLike","values":"${local.principal_arns[each.key]}","variable":"aws:PrincipalArn"}]',
    );
  });
});

it("only schedules of this group may take on the scheduler's role", () => {
  const trust = JSON.stringify(block(main, "data.aws_iam_policy_document.scheduler_trust"));
  expect(trust).toContain('"variable":"aws:SourceAccount"');
  expect(trust).toContain('"values":["${aws_scheduler_schedule_group.this.arn}"],"variable":"aws:SourceArn"');
});
