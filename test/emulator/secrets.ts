/** Secrets Manager and Parameter Store. */
import { z } from "zod";
import { account, awsError, denial, region, validate, type AwsService, type Caller } from "./aws-json.ts";
import { uuid } from "./ids.ts";
import { isObject, refuse, type Answer, type Json } from "./wire.ts";

interface Secret {
  readonly name: string;
  readonly arn: string;
  value: string | Uint8Array;
  versionId: string;
  readonly createdAt: Date;
  /** When the version that holds now was made. */
  versionCreatedAt: Date;
  deletedAt?: Date;
}

interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly type: "String" | "SecureString" | "StringList";
  readonly version: number;
  readonly changedAt: Date;
}

export interface Secrets {
  /** Sets or replaces; bytes become a binary secret. `createdAt` is when the version was made. Returns the ARN. */
  readonly set: (name: string, value: string | Uint8Array, options?: { readonly createdAt?: Date }) => string;
  readonly delete: (name: string) => void;
  /** It is still there, and refuses to be read. */
  readonly scheduleDeletion: (name: string) => void;
  readonly arn: (name: string) => string;
  readonly names: () => string[];
  /** Parameter Store: sets or replaces a parameter, returns its ARN. */
  readonly setParameter: (name: string, value: string, type?: Parameter["type"]) => string;
  readonly deleteParameter: (name: string) => void;
  readonly services: readonly AwsService[];
}

const parameterArn = (name: string): string =>
  `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, "")}`;

export function createSecrets(now: () => Date, caller: Caller): Secrets {
  const secrets = new Map<string, Secret>();
  const parameters = new Map<string, Parameter>();
  let versions = 0;
  const named = (name: string): Secret => secrets.get(name) ?? unknown("secret", name);

  const set: Secrets["set"] = (name, value, options = {}) => {
    const versionId = uuid(`version ${++versions}`);
    const versionCreatedAt = options.createdAt ?? now();
    const suffix = uuid(`secret ${name}`).slice(0, 6);
    const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
    const createdAt = secrets.get(name)?.createdAt ?? versionCreatedAt;
    secrets.set(name, { name, arn, value, versionId, createdAt, versionCreatedAt });
    return arn;
  };
  const setParameter: Secrets["setParameter"] = (name, value, type = "SecureString") => {
    const version = (parameters.get(name)?.version ?? 0) + 1;
    parameters.set(name, { name, value, type, version, changedAt: now() });
    return parameterArn(name);
  };
  return {
    set,
    setParameter,
    delete: (name) => void secrets.delete(named(name).name),
    scheduleDeletion: (name) => void (named(name).deletedAt = now()),
    arn: (name) => named(name).arn,
    names: () => [...secrets.keys()].toSorted(),
    deleteParameter: (name) => void parameters.delete(name),
    services: [secretsManager(secrets, caller), parameterStore(parameters)],
  };
}

const idShape = z.object({
  SecretId: z.string().min(1).max(2048),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});
const batchShape = z.object({ SecretIdList: z.array(z.string().min(1)).min(1).max(20) });

function secretsManager(secrets: ReadonlyMap<string, Secret>, caller: Caller): AwsService {
  return {
    service: "secretsmanager",
    target: "secretsmanager",
    signedFor: "secretsmanager",
    actions: {
      GetSecretValue: (input) => {
        const asked = validate(idShape, input);
        if ((asked.VersionStage ?? "AWSCURRENT") !== "AWSCURRENT") return noSecret();
        const secret = readable(secrets, asked.SecretId);
        if (![undefined, secret.versionId].includes(asked.VersionId)) return noSecret();
        return valueShape(secret);
      },
      BatchGetSecretValue: (input) => batch(secrets, caller, validate(batchShape, input).SecretIdList),
      DescribeSecret: (input) => descriptionShape(find(secrets, validate(idShape, input).SecretId)),
    },
  };
}

/** By name, whole ARN, or ARN without its last six characters. */
function find(secrets: ReadonlyMap<string, Secret>, id: string): Secret {
  const all = [...secrets.values()];
  return all.find((one) => [one.name, one.arn, one.arn.slice(0, -7)].includes(id)) ?? noSecret();
}

function readable(secrets: ReadonlyMap<string, Secret>, id: string): Secret {
  const secret = find(secrets, id);
  if (secret.deletedAt === undefined) return secret;
  const message = "You can't perform this operation on the secret because it was marked for deletion.";
  return refuse(awsError("InvalidRequestException", message));
}

const noSecret = (): never =>
  refuse(awsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret."));

const seconds = (date: Date): number => date.getTime() / 1000;

const valueShape = (secret: Secret): Json => ({
  ARN: secret.arn,
  Name: secret.name,
  VersionId: secret.versionId,
  ...(typeof secret.value === "string"
    ? { SecretString: secret.value }
    : { SecretBinary: Buffer.from(secret.value).toString("base64") }),
  VersionStages: ["AWSCURRENT"],
  CreatedDate: seconds(secret.versionCreatedAt),
});

const descriptionShape = (secret: Secret): Json => ({
  ARN: secret.arn,
  Name: secret.name,
  LastChangedDate: seconds(secret.versionCreatedAt),
  ...(secret.deletedAt === undefined ? {} : { DeletedDate: seconds(secret.deletedAt) }),
  VersionIdsToStages: { [secret.versionId]: ["AWSCURRENT"] },
  CreatedDate: seconds(secret.createdAt),
});

/** A bad secret is an entry in `Errors`, not a refusal of the request. */
function batch(secrets: ReadonlyMap<string, Secret>, caller: Caller, ids: readonly string[]): Json {
  const SecretValues: Json[] = [];
  const Errors: Json[] = [];
  for (const SecretId of ids) {
    const answer = attempt(() => {
      if (caller.denied.has("secretsmanager:GetSecretValue")) {
        refuse(denial("secretsmanager:GetSecretValue", SecretId));
      }
      return valueShape(readable(secrets, SecretId));
    });
    if ("refused" in answer) Errors.push({ SecretId, ...answer.refused });
    else SecretValues.push(answer.value);
  }
  return { SecretValues, Errors };
}

function attempt(read: () => Json): { readonly value: Json } | { readonly refused: Json } {
  try {
    return { value: read() };
  } catch (error) {
    const { body } = (error as { answer?: Answer }).answer ?? {};
    if (!isObject(body)) throw error;
    return { refused: { ErrorCode: body["__type"], Message: body["Message"] } };
  }
}

function parameterStore(parameters: ReadonlyMap<string, Parameter>): AwsService {
  const lookUp = (name: string): Parameter | undefined =>
    [...parameters.values()].find((one) =>
      [one.name, parameterArn(one.name), `${one.name}:${one.version}`].includes(name),
    );
  const oneShape = z.object({ Name: z.string().min(1), WithDecryption: z.boolean().optional() });
  const manyShape = z.object({
    Names: z.array(z.string().min(1)).min(1).max(10),
    WithDecryption: z.boolean().optional(),
  });
  return {
    service: "ssm",
    target: "AmazonSSM",
    signedFor: "ssm",
    actions: {
      GetParameter: (input) => {
        const { Name, WithDecryption } = validate(oneShape, input);
        const found = lookUp(Name);
        if (found === undefined) return refuse(awsError("ParameterNotFound", ""));
        return { Parameter: parameterShape(found, WithDecryption === true) };
      },
      GetParameters: (input) => {
        const { Names, WithDecryption } = validate(manyShape, input);
        const found = Names.flatMap((name) => lookUp(name) ?? []);
        const Parameters = found
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .map((one) => parameterShape(one, WithDecryption === true));
        return { Parameters, InvalidParameters: Names.filter((name) => lookUp(name) === undefined) };
      },
    },
  };
}

/** A secure string that nobody asked to decrypt comes as ciphertext. */
const parameterShape = (one: Parameter, decrypted: boolean): Json => ({
  Name: one.name,
  Type: one.type,
  Value: one.type === "SecureString" && !decrypted ? Buffer.from(one.name).toString("base64") : one.value,
  Version: one.version,
  LastModifiedDate: seconds(one.changedAt),
  ARN: parameterArn(one.name),
  DataType: "text",
});

function unknown(kind: string, name: string): never {
  throw new Error(`the emulator holds no ${kind} ${name}`);
}
