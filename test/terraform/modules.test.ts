import { parse } from "@cdktn/hcl2json";
import { format } from "@cdktn/hcl-tools";
import { beforeAll, describe, expect, it } from "vitest";
import { googleCredentials, isPublic } from "../../src/settings/google-credentials.ts";
import {
  addressOf,
  files,
  folders,
  isBody,
  MAIN,
  read,
  readModule,
  statements,
  texts,
  type Body,
  type Module,
} from "./modules.ts";
import schema from "./schema.json" with { type: "json" };

interface Shape {
  readonly required?: string;
  readonly optional?: string;
  readonly attributes?: string;
  /** The block itself must be there. */
  readonly mandatory?: boolean;
  readonly blocks?: Readonly<Record<string, Shape>>;
}

const shapes: Readonly<Record<"resource" | "data", Readonly<Record<string, Shape>>>> = schema;
const words = (text: string | undefined): readonly string[] => (text ?? "").split(" ").filter(Boolean);

let modules: ReadonlyMap<string, Module>;
beforeAll(async () => {
  modules = new Map(
    await Promise.all(folders.map(async (folder) => [folder, await readModule(folder)] as const)),
  );
});
const moduleOf = (folder: string): Module => {
  const found = modules.get(folder);
  if (found === undefined) throw new Error(`there is no module in ${folder}`);
  return found;
};

describe.each(files)("%s", (file) => {
  it("is read by Terraform's parser", async () => {
    await expect(parse(file, read(file))).resolves.toBeTypeOf("object");
  });

  it("is written the way terraform fmt writes it", async () => {
    expect(await format(read(file))).toBe(read(file));
  });
});

it("the checks themselves find a syntax error and a line out of place", async () => {
  await expect(parse("broken.tf", 'resource "a" {')).rejects.toThrow();
  expect(await format('locals {\na="b"\n}\n')).not.toBe('locals {\na="b"\n}\n');
});

// ---------------------------------------------------------------- arguments

const META = new Set(["count", "for_each", "depends_on", "lifecycle", "provider"]);

/** What the provider would not take. */
function misfits(body: Body, shape: Shape, where: string): readonly string[] {
  const dynamic = isBody(body["dynamic"]) ? body["dynamic"] : {};
  const nested = shape.blocks ?? {};
  const given = [...Object.keys(body), ...Object.keys(dynamic)];
  const known = new Set([
    ...words(shape.required),
    ...words(shape.optional),
    ...Object.keys(nested),
    ...META,
    "dynamic",
  ]);
  const mandatory = Object.keys(nested).filter((name) => nested[name]?.mandatory === true);
  return [
    ...given.filter((name) => !known.has(name)).map((name) => `${where} has no ${name}`),
    ...[...words(shape.required), ...mandatory]
      .filter((name) => !given.includes(name))
      .map((name) => `${where} needs ${name}`),
    ...Object.entries(nested).flatMap(([name, inner]) =>
      [...bodies(body[name], `${where}.${name}`), ...contents(dynamic[name])].flatMap((one) =>
        typeof one === "string" ? [one] : misfits(one, inner, `${where}.${name}`),
      ),
    ),
  ];
}

const bodies = (value: unknown, where: string): readonly (Body | string)[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as Body[]) : [`${where} is a block, not an argument`];
};

const contents = (value: unknown): readonly Body[] =>
  ((value ?? []) as Body[]).flatMap((one) => one["content"] as Body[]);

it("the check of arguments finds what is unknown, missing, or in the wrong form", () => {
  const shape = shapes.resource["aws_scheduler_schedule"] ?? {};
  const wrong = { schedule_expresion: "rate(5 minutes)", flexible_time_window: "OFF", target: [{ arn: "" }] };
  expect(misfits(wrong, shape, "s")).toEqual([
    "s has no schedule_expresion",
    "s needs schedule_expression",
    "s.flexible_time_window is a block, not an argument",
    "s.target needs role_arn",
  ]);
});

// ---------------------------------------------------------------- references

const VARIABLE = /(?<![\w."])(var|local)\.(\w+)/g;
const OBJECT = /(?<![\w."/-])((?:data\.)?(?:aws|kubernetes|google)_\w+\.\w+)((?:\[[^\]]*\])*)(?:\.(\w+))?/g;

/** What a module names and does not have. */
function dangling(module: Module): readonly string[] {
  const known = new Map(
    module.blocks.map((one) => [addressOf(one), shapes[one.kind][one.type] ?? {}] as const),
  );
  return expressions(module).flatMap((text) => [
    ...[...text.matchAll(VARIABLE)]
      .filter(
        ([, kind, name = ""]) => !((kind === "var" ? module.variables : module.locals)[name] !== undefined),
      )
      .map(([whole]) => whole),
    ...[...text.matchAll(OBJECT)]
      .filter(([, address = "", , attribute]) => {
        const shape = known.get(address);
        if (shape === undefined || attribute === undefined) return shape === undefined;
        return ![...words(shape.required), ...words(shape.optional), ...words(shape.attributes)].includes(
          attribute,
        );
      })
      .map(([whole]) => whole),
  ]);
}

const expressions = (module: Module): readonly string[] =>
  texts([
    module.blocks.map((one) => one.body),
    Object.values(module.variables),
    module.locals,
    Object.values(module.outputs),
    Object.values(module.calls),
  ]).filter((text) => text.includes("${"));

it("the check of references finds a variable, a local, an object and an attribute that are not there", () => {
  const module: Module = {
    folder: "made up",
    blocks: [{ kind: "resource", type: "aws_iam_role", name: "a", body: { name: "${var.b}-${local.c}" } }],
    variables: {},
    calls: {},
    locals: {},
    outputs: { d: { value: "${aws_iam_role.a.arm}" }, e: { value: "${one(aws_iam_role.e[*].arn)}" } },
  };
  expect(dangling(module)).toEqual(["var.b", "local.c", "aws_iam_role.a.arm", "aws_iam_role.e[*].arn"]);
});

describe.each(folders)("the module %s", (folder) => {
  it("gives each resource and data source the arguments that the provider knows and needs", () => {
    const problems = moduleOf(folder).blocks.flatMap((one) => {
      const shape = shapes[one.kind][one.type];
      return shape === undefined ? [`no facts about ${one.type}`] : misfits(one.body, shape, addressOf(one));
    });
    expect(problems).toEqual([]);
  });

  it("names only what it has", () => {
    expect(dangling(moduleOf(folder))).toEqual([]);
  });

  it("has no unused variable, local or data source", () => {
    const module = moduleOf(folder);
    const all = expressions(module).join("\n");
    const vain = [
      ...Object.keys(module.variables).map((name) => `var.${name}`),
      ...Object.keys(module.locals).map((name) => `local.${name}`),
      ...module.blocks.filter((one) => one.kind === "data").map(addressOf),
    ].filter((name) => !new RegExp(`(?<![\\w."])${name.replaceAll(".", "\\.")}(?!\\w)`).test(all));
    expect(vain).toEqual([]);
  });

  it("describes each variable and each output", () => {
    const { variables, outputs } = moduleOf(folder);
    const silent = Object.entries({ ...variables, ...outputs }).filter(([, body]) => !body["description"]);
    expect(silent).toEqual([]);
  });
});

// ---------------------------------------------------------------- secrets

it("no secret's value passes through Terraform, so that neither plan nor state can hold one", () => {
  const stored = [...modules.values()].flatMap(({ blocks }) =>
    blocks.filter(({ type }) => type === "aws_secretsmanager_secret_version").map(addressOf),
  );
  expect(stored).toEqual([]);
  const sensitive = Object.entries(moduleOf(MAIN).variables).filter(([, body]) => body["sensitive"] === true);
  expect(sensitive).toEqual([]);
});

// ---------------------------------------------------------------- examples

const PROVIDER = "projects/1/locations/global/workloadIdentityPools/aws-ssosync/providers/lambda";

describe("the examples", () => {
  const pattern = (folder: string): string =>
    texts(moduleOf(folder).locals["mapped_arns"])
      .join("")
      .match(/replace\(arn, "\/(.*)\/", "(.*)"\)/)?.[1] ?? "";
  const role = "AWSReservedSSO_backend_0123456789abcdef";

  it.each([
    ["with a Region in its path", `role/aws-reserved/sso.amazonaws.com/eu-west-1/${role}`],
    ["without one, as from us-east-1", `role/aws-reserved/sso.amazonaws.com/${role}`],
    ["without a path", `role/${role}`],
  ])("aws-auth gets a role's ARN without its path: %s", (_, tail) => {
    const cut = new RegExp(pattern(`${MAIN}/examples/eks-aws-auth`).replaceAll("\\\\", "\\"));
    expect(`arn:aws:iam::111122223333:${tail}`.replace(cut, ":role/")).toBe(
      `arn:aws:iam::111122223333:role/${role}`,
    );
  });

  it("access entries get the ARN as it is", () => {
    const { blocks } = moduleOf(`${MAIN}/examples/eks-access-entries`);
    const entry = blocks.find(({ type }) => type === "aws_eks_access_entry");
    expect(entry?.body["principal_arn"]).toBe("${local.role_arns[each.key]}");
    expect(texts(moduleOf(`${MAIN}/examples/eks-access-entries`).locals).join("")).not.toContain("replace(");
  });

  it("sessions are ended by who has them and when they began, so that whoever comes back is not kept out", () => {
    const module = moduleOf(`${MAIN}/examples/end-sessions`);
    expect(statements(module, "end_sessions")).toEqual([
      {
        ...{ sid: "EndSessionsOfWhoeverLeft", effect: "Deny", actions: ["*"], resources: ["*"] },
        condition: [
          { test: "StringEquals", variable: "identitystore:UserId", values: "${local.user_ids}" },
          { test: "DateLessThan", variable: "aws:TokenIssueTime", values: ["${var.began_before}"] },
        ],
      },
    ]);
    expect(module.locals["user_ids"]).toContain("[local.nobody] : sort(var.user_ids)");
  });

  it("two installations in one account have no name in common", () => {
    const named = moduleOf(MAIN).blocks.filter(({ kind }) => kind === "resource");
    const names = named.flatMap((block) =>
      ["name", "dashboard_name", "bucket", "alarm_name", "function_name"].flatMap((key) => {
        const value = block.body[key];
        return typeof value === "string" ? [[addressOf(block), value] as const] : [];
      }),
    );
    expect(names.length).toBeGreaterThan(15);
    // Inline policies are named within their role, and a variable of secrets within its prefix.
    const within = names.filter(([address]) => !/^aws_iam_role_policy\.|^aws_lambda_alias\./.test(address));
    const derived = /var\.function_name|each\.(?:key|value)|local\.\w+|aws_\w+\.\w+/;
    expect(within.filter(([, value]) => !derived.test(value))).toEqual([]);
    const { locals, variables, outputs } = moduleOf(MAIN);
    for (const name of ["log_group_name", "trail_name"])
      expect(locals[name]).toContain("${var.function_name}");
    const { calls, outputs: told } = moduleOf(`${MAIN}/examples/two-installations`);
    const given = Object.values(calls).flatMap((call) => Object.keys(call).filter((key) => key !== "source"));
    expect(given.filter((name) => variables[name] === undefined)).toEqual([]);
    const asked = [
      ...texts(told)
        .join("\n")
        .matchAll(/\$\{module\.\w+\.(\w+)\}/g),
    ].map(([, name = ""]) => name);
    expect(asked.filter((name) => outputs[name] === undefined)).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  const google = () => moduleOf(`${MAIN}/examples/google`);
  const part = (type: string) => google().blocks.find((one) => one.type === `google_${type}`)?.body ?? {};

  it("Google lets in one role of one account, whose name fits into 127 bytes however long it is", () => {
    const provider = part("iam_workload_identity_pool_provider");
    const role = "assertion.arn.extract('assumed-role/{role}/')";
    expect(provider["attribute_mapping"]).toEqual({
      "google.subject": role,
      "attribute.account": "assertion.account",
      "attribute.aws_role": role,
    });
    expect(provider["attribute_condition"]).toBe(
      "attribute.account == '${var.aws_account_id}' && attribute.aws_role == '${var.aws_role}'",
    );
    expect(part("service_account_iam_member")["member"]).toMatch(
      /\/attribute\.aws_role\/\$\{var\.aws_role\}$/,
    );
  });

  it("Google's names of pools and providers have 4 to 32 characters", () => {
    for (const name of ["workload_identity_pool_id", "workload_identity_pool_provider_id"])
      expect(part(name.replace(/_id$/, "").replace(/^/, "iam_"))[name]).toMatch(/^(?!gcp-)[a-z0-9-]{4,32}$/);
  });

  it("Google's credential file is one that the program takes, in Lambda too", () => {
    const { credentials } = google().locals;
    const text = texts(credentials)
      .join("")
      .replace(/^\$\{jsonencode\(|\)\}$/g, "")
      .replaceAll(/^(\s*)(\w+)\s*= /gm, '$1"$2": ')
      .replaceAll(/(["}])\n(\s*")/g, "$1,\n$2")
      .replace(/\$\{google_iam_workload_identity_pool_provider\.aws\.name\}/, PROVIDER)
      .replace(/\$\{google_service_account\.sync\.email\}/, "ssosync@p.iam.gserviceaccount.com");
    expect(googleCredentials(text)).toMatchObject({
      kind: "federation",
      audience: `//iam.googleapis.com/${PROVIDER}`,
      clientEmail: "ssosync@p.iam.gserviceaccount.com",
    });
    expect(isPublic(text)).toBe(true);
  });

  it("assignments look a group up by what does not change with its name", () => {
    const { blocks } = moduleOf(`${MAIN}/examples/assignments`);
    const group = blocks.find(({ type }) => type === "aws_identitystore_group");
    expect(group?.body["alternate_identifier"]).toEqual([
      { external_id: [{ id: "${each.value}", issuer: "${var.scim_issuer}" }] },
    ]);
  });
});

describe("the import of the older tool's secrets", () => {
  const [, code = ""] =
    /```sh\ncat > lambroll\/terraform\/import.tf <<'END'\n([\s\S]*?)^END$/m.exec(
      read("lambroll/moving.md"),
    ) ?? [];

  it("is written as Terraform is, and says what becomes what", async () => {
    expect(await format(code)).toBe(code);
    const parsed = (await parse("import.tf", code)) as Body;
    expect(parsed["import"]).toEqual([
      {
        for_each: "${local.secrets}",
        id: "${data.aws_secretsmanager_secret.older[each.key].arn}",
        to: "${aws_secretsmanager_secret.this[each.key]}",
      },
    ]);
    expect(moduleOf(MAIN).blocks.map(addressOf)).toContain("aws_secretsmanager_secret.this");
  });

  it("finds each by the name that the older tool gave it, which is the module's own unless told", () => {
    const { locals, variables } = moduleOf(MAIN);
    const names = texts(locals["secrets"]).map((name) =>
      name.replace("${var.secret_prefix}", String(variables["secret_prefix"]?.["default"])),
    );
    expect(names.toSorted()).toEqual(
      ["GoogleAdminEmail", "GoogleCredentials", "SCIMAccessToken", "SCIMEndpointUrl"].map(
        (name) => `SSOSync${name}`,
      ),
    );
  });
});
