import { globSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { SECRET_NAMES } from "../../src/settings/table.ts";
import { clinic } from "../doctor/clinic.ts";
import { useBus } from "../emulator/bus.ts";
import { journey, type Journey } from "../journeys/journey.ts";
import {
  block,
  MAIN,
  read,
  readModule,
  ROOT,
  statements,
  texts,
  type Module,
  type Statement,
} from "./modules.ts";

let main: Module;
beforeAll(async () => {
  main = await readModule(MAIN);
});

const PREFIX: Readonly<Record<string, string>> = {
  identitystore: "identitystore",
  "sso-admin": "sso",
  "account-access": "account-access",
  organizations: "organizations",
  "secrets-manager": "secretsmanager",
  secretsmanager: "secretsmanager",
  ssm: "ssm",
  dynamodb: "dynamodb",
  eventbridge: "events",
  lambda: "lambda",
};

/** Lambda and Secrets Manager use these in the function's name; the code never asks for them. */
const BEHIND_THE_SCENES = ["kms:Decrypt", "logs:CreateLogStream", "logs:PutLogEvents"];

const allows = (): readonly Statement[] =>
  ["function", "tally", "notify"]
    .flatMap((policy) => statements(main, policy))
    .filter(({ effect }) => effect !== "Deny");

const granted = (): readonly string[] =>
  allows()
    .flatMap(({ actions }) => actions)
    .filter((action) => !BEHIND_THE_SCENES.includes(action))
    .toSorted();

/** What the code could ask of AWS: the commands and paginators that it imports from the SDK. */
function askable(): readonly string[] {
  const files = globSync("src/**/*.ts", { cwd: ROOT });
  const found = files.flatMap((file) =>
    [...read(file).matchAll(/import (?:type )?\{([^}]*)\} from "@aws-sdk\/client-([\w-]+)"/g)].flatMap(
      ([, names = "", client = ""]) =>
        [...names.matchAll(/\b(?:paginate([A-Z]\w+)|([A-Z]\w+)Command)\b/g)].map(
          ([, list, command]) => `${PREFIX[client]}:${list ?? command}`,
        ),
    ),
  );
  // Three services have no client here.
  const signed = files.flatMap((file) => [
    ...[...read(file).matchAll(/path: "\/\w+-list",\s*action: "(List\w+)"/g)].map(
      ([, list]) => `account-access:${list}`,
    ),
    ...[...read(file).matchAll(/"AWSOrganizationsV20161128\.(\w+)"/g)].map(
      ([, list]) => `organizations:${list}`,
    ),
    ...[...read(file).matchAll(/"(lambda:\w+)"/g)].flatMap(([, action = ""]) => action),
  ]);
  return [...new Set([...found, ...signed])].toSorted();
}

/** What a run did ask of AWS, SCIM aside. */
const asked = ({ emulator }: Pick<Journey, "emulator">): readonly string[] =>
  emulator.requests.flatMap(({ service, operation }) =>
    PREFIX[service] === undefined ? [] : [`${PREFIX[service]}:${operation}`],
  );

describe("the function's role", () => {
  it("may do exactly what the code can ask for", () => {
    expect(granted()).toEqual(askable());
  });

  it("has the rights to read that the README asks for at a terminal", () => {
    const [, policy = "{}"] = /```json\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
    const { Statement } = JSON.parse(policy) as { Statement: { Action: string[]; Resource: string }[] };
    const [own] = allows().filter(({ sid }) => sid === "ReadIdentityCenter");
    expect(Statement.flatMap(({ Action }) => Action).toSorted()).toEqual(own?.actions.toSorted());
    expect(Statement.map(({ Resource }) => Resource)).toEqual(own?.resources);
    expect(read("README.md")).toContain("`ReadWhatIsAssigned`");
  });

  it("may do exactly what runs ask for", { tags: "long" }, async () => {
    const company = await journey();
    await company.sync();
    const first = asked(company);
    await company.sync();
    const second = asked(company);
    const groupsFirst = await journey({ settings: { MANAGE: "groups" } });
    await groupsFirst.run();
    const manyGroups = await journey({
      also: (google) => {
        for (let count = 0; count < 40; count++) google.addGroup({ email: `aws-${count}@example.com` });
      },
    });
    await manyGroups.run();
    await manyGroups.run();
    const byParameter = await journey();
    const GOOGLE_ADMIN = byParameter.emulator.secrets.setParameter("/ssosync/admin", "admin@example.com");
    await byParameter.plan({ settings: { GOOGLE_ADMIN } });
    const bus = await useBus();
    const telling = await journey({ settings: { NOTIFY: "alerts" } });
    telling.emulator.fault({ when: { operation: "groups.list" }, times: Infinity, do: { status: 403 } });
    await telling.failure();
    const { emulator, tables, examine } = await clinic();
    const { aws, access, google } = emulator;
    aws.addGroup({ displayName: "aws-admins", externalId: google.group("aws-admins@example.com").id });
    access.addPermissionSet("Admin");
    access.assign("aws-admins", "Admin", "prod", "log");
    access.entitle("aws-admins", "ops", "prod");
    await examine({ AWS_LAMBDA_FUNCTION_NAME: "ssosync" });
    const seen = new Set([
      ...first,
      ...second,
      ...asked(groupsFirst),
      ...asked(manyGroups),
      ...asked(byParameter),
      ...asked({ emulator }),
      ...tables.requests.map((operation) => `dynamodb:${operation}`),
      ...bus.sent.map(() => "events:PutEvents"),
    ]);
    expect([...seen].toSorted()).toEqual(granted());
  });

  it("reads everything only where it cannot know beforehand what there is", () => {
    const everywhere = allows().filter(({ resources }) => resources?.[0] === "*");
    expect(everywhere.map(({ sid }) => sid)).toEqual(["ReadIdentityCenter", "ReadWhatIsAssigned"]);
    expect(
      everywhere.flatMap(({ actions }) => actions).filter((one) => !/:(?:List|Describe)/.test(one)),
    ).toEqual([]);
  });

  it("reads the four secrets under the names that the code looks for", () => {
    const names = new Set(read("src/settings/secrets.ts").match(/\bSSOSync\w+/g));
    const made = Object.values(main.locals["secrets"] as Record<string, string>);
    const usual = main.variables["secret_prefix"]?.["default"];
    expect(made.map((name) => name.replace("${var.secret_prefix}", String(usual))).toSorted()).toEqual(
      [...names].toSorted(),
    );
    const [secrets] = statements(main, "function").filter(({ sid }) => sid === "ReadTheFourSecrets");
    expect(secrets?.resources).toBe("${values(aws_secretsmanager_secret.this)[*].arn}");
  });

  it("are told to a deploy by their settings' names when they have others than the usual ones", () => {
    const settings = Object.keys(main.locals["secrets"] as object).map((name) => name.toUpperCase());
    expect(settings.toSorted()).toEqual([...SECRET_NAMES].toSorted());
    expect(JSON.stringify(main.outputs["sync_env"])).toContain("SSOSYNC_${upper(name)}_ARN=${secret.arn}");
  });

  it("may use a key only through the services that keep its secrets", () => {
    const dynamic = block(main, "data.aws_iam_policy_document.function")["dynamic"];
    const key = texts(dynamic).filter((text) => text.startsWith("kms:"));
    expect(key).toEqual(["kms:Decrypt", "kms:ViaService"]);
  });

  it("writes into its own log group and cannot make another", () => {
    const [log] = statements(main, "function").filter(({ sid }) => sid === "WriteTheLog");
    expect(log).toMatchObject({ resources: ["${local.log_group_arn}:*"] });
    expect(main.locals["log_group_arn"]).toMatch(/:log-group:\$\{local\.log_group_name\}$/);
  });
});

it("no policy but the keys' own allows a whole service", () => {
  const broad = main.blocks
    .filter(({ type, name }) => type === "aws_iam_policy_document" && name !== "key")
    .flatMap(({ name }) => statements(main, name).filter(({ effect }) => effect !== "Deny"))
    .flatMap(({ actions }) => actions)
    .filter((action) => action.includes("*"));
  expect(broad).toEqual([]);
});

describe("before the first deploy", () => {
  it("nothing is made that needs the function, and the schedule is off", () => {
    const needy = main.blocks.filter(({ type }) => type.startsWith("aws_lambda_"));
    expect(needy.map(({ type, body }) => [type, body["count"]])).toEqual([
      ["aws_lambda_alias", "${var.function_exists ? 1 : 0}"],
      ["aws_lambda_function_event_invoke_config", "${var.function_exists ? 1 : 0}"],
    ]);
    expect(main.variables["function_exists"]?.["default"]).toBe(false);
    expect(main.variables["schedule_state"]?.["default"]).toBe("DISABLED");
  });

  it("the schedule's target is a text, not something to be looked up", () => {
    const [target] = block(main, "aws_scheduler_schedule.this")["target"] as { arn: string }[];
    expect(target?.arn).toBe("${local.function_arn}:current");
    expect(main.locals["function_arn"]).toMatch(/^arn:.*:function:\$\{var\.function_name\}$/);
  });
});
