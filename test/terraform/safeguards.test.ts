import { beforeAll, describe, expect, it } from "vitest";
import { allowed } from "./iam.ts";
import { block, MAIN, readModule, statements, texts, type Module, type Statement } from "./modules.ts";

let main: Module;
beforeAll(async () => {
  main = await readModule(MAIN);
});

describe("secrets", () => {
  const READ = "secretsmanager:GetSecretValue";
  const OWNER = "${aws_iam_role.function.arn}";

  it("are read by the function and the break-glass roles, whatever others may do", () => {
    const [statement] = statements(main, "secret");
    expect(texts(statement?.condition).join("")).toContain(
      "concat([aws_iam_role.function.arn], sort(var.break_glass_arns))",
    );
    const [condition] = statement?.condition ?? [];
    const policies = [
      { effect: "Allow", actions: ["*"], resources: ["*"] },
      { ...statement!, condition: [{ ...condition!, values: [OWNER, "break-glass"] }] },
    ];
    const reads = (principal: string): boolean =>
      allowed(policies, { action: READ, resource: "secret", principal });
    expect([OWNER, "break-glass", "administrator"].map(reads)).toEqual([true, true, false]);
  });

  // ArnNotEquals takes a pattern for what it is: one star would let everybody read.
  it.each(["break_glass_arns", "operators", "approvers"])(
    "and roles are opened by %s to whole ARNs alone",
    (variable) => {
      const checks = texts(main.variables[variable]?.["validation"]).join("\n");
      const [, pattern = "$^"] = /regex\("(\^arn:[^"]+)"/.exec(checks) ?? [];
      const may = (arn: string): boolean => new RegExp(pattern.replaceAll("\\\\", "\\")).test(arn);
      expect(may("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/A_0123456789abcdef")).toBe(
        true,
      );
      const patterns = ["*", "arn:aws:iam::*:role/admin", "arn:aws:iam::111122223333:role/*"];
      const sessions = ["arn:aws:sts::111122223333:assumed-role/admin/ada", "arn:aws:iam::111122223333:root"];
      expect([...patterns, ...sessions].filter(may)).toEqual([]);
    },
  );

  it("can still be stored by others, and each has the policy", () => {
    expect(statements(main, "secret").flatMap(({ actions }) => actions)).toEqual([READ]);
    expect(block(main, "aws_secretsmanager_secret_policy.this")["for_each"]).toBe("${local.secrets}");
  });
});

describe("the function's role", () => {
  const FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:ssosync";
  /** What the role may do, with every right there is besides. */
  const may = (action: string, SourceFunctionArn?: string): boolean => {
    const [first] = statements(main, "function");
    const filled = JSON.stringify(first).replaceAll("${local.function_arn}", FUNCTION);
    return allowed([{ effect: "Allow", actions: ["*"], resources: ["*"] }, JSON.parse(filled) as Statement], {
      ...{ action, resource: "anything", principal: "arn:aws:iam::111122223333:role/ssosync" },
      context: SourceFunctionArn === undefined ? {} : { "lambda:SourceFunctionArn": SourceFunctionArn },
    });
  };
  const WORK = ["secretsmanager:GetSecretValue", "dynamodb:PutItem", "logs:PutLogEvents"];

  it("works for the function, whatever alias or version of it runs", () => {
    expect(WORK.filter((action) => may(action, FUNCTION))).toEqual(WORK);
  });

  it.each([
    ["another function", `${FUNCTION}-copy`],
    ["one of that name in another Region", FUNCTION.replace("eu-west-1", "us-east-1")],
    ["one of that name in another account", FUNCTION.replace("1111", "9999")],
    ["whoever makes themselves able to take it on", undefined],
  ])("does nothing for %s", (_, arn) => {
    expect(WORK.filter((action) => may(action, arn))).toEqual([]);
  });

  // "Using source function ARN to control function access behavior" says which calls of Lambda's own lack the key.
  it.each(["kms:Decrypt", "ec2:CreateNetworkInterface"])(
    "lets Lambda itself prepare a run with %s, where there is no function to name",
    (action) => {
      expect(may(action)).toBe(true);
    },
  );
});

describe("the tally", () => {
  it("is one table that cannot be deleted by mistake and can be put back to any second", () => {
    expect(block(main, "aws_dynamodb_table.tally")).toMatchObject({
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "id",
      attribute: [{ name: "id", type: "S" }],
      deletion_protection_enabled: true,
      point_in_time_recovery: [{ enabled: true }],
    });
  });

  it("is read and written by the function's role with exactly two rights", () => {
    expect(statements(main, "tally")).toEqual([
      {
        sid: "ReadAndWriteTheTally",
        actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
        resources: ["${aws_dynamodb_table.tally.arn}"],
      },
    ]);
    expect(block(main, "aws_iam_role_policy.tally")).toMatchObject({
      role: "${aws_iam_role.function.id}",
      policy: "${data.aws_iam_policy_document.tally.json}",
    });
  });
});

it("every log group outlives terraform destroy, and nothing else deletes it", () => {
  const groups = main.blocks.filter(({ type }) => type === "aws_cloudwatch_log_group");
  expect(groups.length).toBeGreaterThan(1);
  for (const { name, body } of groups) {
    expect({ name, ...body }).toMatchObject({ deletion_protection_enabled: true, skip_destroy: true });
  }
});

describe("customer keys", () => {
  const keyOf = (address: string, argument: string): unknown => block(main, address)[argument];

  it("are two, so that disabling the secrets' key silences neither the log nor the alarms", () => {
    expect(keyOf("aws_secretsmanager_secret.this", "kms_key_id")).toBe("${local.key_arns.secrets}");
    expect(keyOf("aws_cloudwatch_log_group.function", "kms_key_id")).toBe("${local.key_arns.alarms}");
    expect(keyOf("aws_cloudwatch_log_group.calls", "kms_key_id")).toBe("${local.key_arns.alarms}");
    expect(keyOf("aws_sns_topic.this", "kms_master_key_id")).toBe("${local.key_arns.alarms}");
  });

  it("of one's own are two as well", () => {
    const checks = texts(main.variables["customer_key_arns"]?.["validation"]).join(" ");
    expect(checks).toContain("var.customer_key_arns.secrets != var.customer_key_arns.alarms");
    expect(checks).toContain('strcontains(arn, ":key/")');
  });
});

describe("the topics", () => {
  it("take alarms of this account alone, and messages only where they are asked for", () => {
    const [alarms, messages] = statements(main, "topic");
    expect(alarms).toMatchObject({
      principals: [{ identifiers: ["cloudwatch.amazonaws.com"] }],
      condition: [{ variable: "aws:SourceAccount", values: ["${local.account}"] }],
    });
    expect(messages).toMatchObject({ principals: [{ identifiers: ["events.amazonaws.com"] }] });
    const asked = texts(block(main, "data.aws_iam_policy_document.topic")["dynamic"]);
    expect(asked).toContain(
      '${each.key == "ticket" && var.notify ? [aws_sns_topic.this[each.key].arn] : []}',
    );
  });

  it("get messages that EventBridge can deliver: nothing is asked that it does not tell, and it may use the key", () => {
    const messages = [...statements(main, "topic"), ...statements(main, "key")].filter(({ sid = "" }) =>
      sid.startsWith("Messages"),
    );
    expect(messages.map(({ condition, actions }) => [condition, actions])).toEqual([
      [undefined, ["sns:Publish"]],
      [undefined, ["kms:Decrypt", "kms:GenerateDataKey*"]],
    ]);
  });
});

describe("the trail", () => {
  it("records calls of this function alone, and nothing unless it is asked to", () => {
    const trail = block(main, "aws_cloudtrail.this");
    expect(trail["advanced_event_selector"]).toMatchObject([
      {
        field_selector: [
          { field: "eventCategory", equals: ["Data"] },
          { field: "resources.type", equals: ["AWS::Lambda::Function"] },
          { field: "resources.ARN", equals: ["${local.function_arn}"] },
        ],
      },
    ]);
    expect(main.variables["record_calls"]?.["default"]).toBe(false);
    expect(main.locals["trail"]).toMatch(/^\$\{var\.record_calls \? .* : \{\}\}$/);
  });

  it("alone may write where its events are kept", () => {
    for (const document of ["bucket", "trail_trust"]) {
      for (const { condition } of statements(main, document)) {
        expect(condition).toContainEqual({
          test: "ArnEquals",
          variable: "aws:SourceArn",
          values: ["${local.trail_arn}"],
        });
      }
    }
  });
});
