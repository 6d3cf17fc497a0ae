import { readFile, stat } from "node:fs/promises";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { z } from "zod";
import type { SecretSource, SecretText } from "../settings/config.ts";
import type { Trouble } from "../core/trouble.ts";
import { TargetError } from "./errors.ts";
import { commonTrouble, fault, faultWords } from "./sdk.ts";

/** A client for each service and Region; without one, for the Region of the program. */
interface SecretClients {
  readonly secretsManager: (region?: string) => SecretsManagerClient;
  readonly ssm: (region?: string) => SSMClient;
}

type Of<K extends SecretSource["kind"]> = Extract<SecretSource, { readonly kind: K }>;

/**
 * The text of every source, read all at once: of a secret (right `secretsmanager:GetSecretValue`), of a parameter
 * (`ssm:GetParameter`), of a file. A source that cannot be read has a trouble instead, without the
 * text; the others are not troubled. Rejects with the signal's reason.
 */
export async function lookUp(
  clients: SecretClients,
  sources: readonly SecretSource[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<SecretSource, SecretText | Trouble>> {
  const found = sources.map(async (source) => [source, await secretTextOf(clients, source, signal)] as const);
  return new Map(await Promise.all(found));
}

async function secretTextOf(
  clients: SecretClients,
  source: SecretSource,
  signal: AbortSignal | undefined,
): Promise<SecretText | Trouble> {
  const sending = signal === undefined ? {} : { abortSignal: signal };
  switch (source.kind) {
    case "secret":
      return secret(clients.secretsManager(arnRegion(source.id)), source, sending);
    case "parameter":
      return parameter(clients.ssm(arnRegion(source.id)), source, sending);
    case "file":
      return fileTextOf(source);
    case "literal":
      return { text: source.value };
    default:
      return source satisfies never;
  }
}

/** The Region in an ARN: a secret is read where it lies. */
const arnRegion = (id: string): string | undefined => (id.startsWith("arn:") ? id.split(":")[3] : undefined);

const created = z.date().optional().catch(undefined);
const SecretValue = z.union([
  z.object({ SecretString: z.string(), CreatedDate: created }),
  z.object({ SecretBinary: z.instanceof(Uint8Array), CreatedDate: created }),
]);
const ParameterValue = z.object({ Parameter: z.object({ Value: z.string(), LastModifiedDate: created }) });

interface Sending {
  readonly abortSignal?: AbortSignal;
}

async function secret(
  client: SecretsManagerClient,
  source: Of<"secret">,
  sending: Sending,
): Promise<SecretText | Trouble> {
  try {
    const answer = SecretValue.safeParse(
      await client.send(new GetSecretValueCommand({ SecretId: source.id }), sending),
    );
    if (!answer.success) return noValue(`the secret ${source.id}`);
    const value = answer.data;
    const text = "SecretString" in value ? value.SecretString : new TextDecoder().decode(value.SecretBinary);
    return { text, created: value.CreatedDate };
  } catch (error) {
    sending.abortSignal?.throwIfAborted();
    const region = await client.config.region().catch(() => undefined);
    return region === undefined ? withoutRegion(source, error) : secretTrouble(error, source, region);
  }
}

async function parameter(
  client: SSMClient,
  source: Of<"parameter">,
  sending: Sending,
): Promise<SecretText | Trouble> {
  try {
    const asked = new GetParameterCommand({ Name: source.id, WithDecryption: true });
    const answer = ParameterValue.safeParse(await client.send(asked, sending));
    if (!answer.success) return noValue(`the parameter ${source.id}`);
    return { text: answer.data.Parameter.Value, created: answer.data.Parameter.LastModifiedDate };
  } catch (error) {
    sending.abortSignal?.throwIfAborted();
    return parameterTrouble(error, source, await client.config.region());
  }
}

/** Windows keeps rights elsewhere, and tells the same mode of every file. */
const isForOthers = (mode: number): boolean => process.platform !== "win32" && (mode & 0o077) !== 0;

/** Neither the path nor the system's words are shown: what was pasted there by mistake may be the key itself. */
async function fileTextOf({ path, setting }: Of<"file">): Promise<SecretText | Trouble> {
  try {
    const [text, { mode }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return isForOthers(mode) ? { text, shared: true } : { text };
  } catch (error) {
    const code = (error as { code?: string }).code ?? "unknown";
    const why =
      { ENOENT: "does not exist", EACCES: "may not be read by this user", EISDIR: "is a directory" }[code] ??
      `cannot be read (${code})`;
    return new TargetError(
      {
        why: `The file that ${setting} names ${why}`,
        todo: `set ${setting} to the path of a file that can be read`,
      },
      { code },
    );
  }
}

const noValue = (what: string) =>
  new TargetError({ why: `AWS answered without a value for ${what}`, todo: "store it again, as text" });

/** Of an error that no AWS service sent, only the name: its words may quote the value. */
function serviceWords(error: unknown): string {
  const it = fault(error);
  const isService = (error as { $fault?: unknown }).$fault !== undefined;
  return isService ? faultWords(it) : (it.code ?? it.name);
}

/** A first start in a bare terminal: neither the setting nor a place to look for its secret is given. */
const withoutRegion = ({ id, setting }: Of<"secret">, cause: unknown): TargetError =>
  new TargetError(
    {
      why: `${setting} is not set, and its secret ${id} cannot be looked up because no AWS Region is set`,
      todo: `set ${setting}, or AWS_REGION to the Region where the secret is`,
    },
    { cause },
  );

function secretTrouble(error: unknown, { id, setting }: Of<"secret">, region: string): TargetError {
  const it = fault(error);
  const where = `the secret ${id} (${setting}) in ${region}`;
  const say = (trouble: Trouble) => lookUpError(trouble, error);
  if (it.name === "ResourceNotFoundException" && /staging label|version/i.test(it.message))
    return say({
      why: `The secret ${id} (${setting}) in ${region} has no value yet`,
      todo: `store one with "aws secretsmanager put-secret-value --secret-id ${id} --secret-string file://FILE"`,
    });
  if (it.name === "ResourceNotFoundException")
    return say({
      why: `There is no secret ${id} (${setting}) in ${region}`,
      todo: `create it with "aws secretsmanager create-secret --name ${secretName(id)} --secret-string file://FILE --region ${region}", or set ${setting} to the ARN of another one`,
    });
  if (it.name === "InvalidRequestException" && /delet/i.test(it.message))
    return say({
      why: `The secret ${id} (${setting}) in ${region} is scheduled for deletion`,
      todo: `restore it with "aws secretsmanager restore-secret --secret-id ${id}"`,
    });
  if (it.name === "DecryptionFailure" || (it.name === "AccessDeniedException" && /kms/i.test(it.message)))
    return say({
      why: `AWS cannot decrypt ${where} (${serviceWords(error)})`,
      todo: `allow kms:Decrypt on its KMS key for the role or user that this runs as`,
    });
  if (it.name === "AccessDeniedException")
    return say({
      why: `AWS does not allow secretsmanager:GetSecretValue on ${where} (${serviceWords(error)})`,
      todo: `allow it on ${resourceOf(id, region)} for the role or user that this runs as`,
    });
  return (
    commonTrouble(error, "secretsmanager:GetSecretValue", `Secrets Manager in ${region}`) ??
    say({
      why: `AWS did not return ${where} (${serviceWords(error)})`,
      todo: `check that it can be read with "aws secretsmanager describe-secret --secret-id ${id}"`,
    })
  );
}

function parameterTrouble(error: unknown, { id, setting }: Of<"parameter">, region: string): TargetError {
  const it = fault(error);
  const say = (trouble: Trouble) => lookUpError(trouble, error);
  if (/^Parameter(Version)?NotFound$/.test(it.name))
    return say({
      why: `There is no parameter ${id} (${setting}) in ${region}`,
      todo: `create it as a SecureString, or set ${setting} to the ARN of another`,
    });
  if (it.name === "InvalidKeyId" || (it.name === "AccessDeniedException" && /kms/i.test(it.message)))
    return say({
      why: `AWS cannot decrypt the parameter ${id} (${setting}) (${serviceWords(error)})`,
      todo: `allow kms:Decrypt on its KMS key for the role or user that this runs as`,
    });
  if (it.name === "AccessDeniedException")
    return say({
      why: `AWS does not allow ssm:GetParameter on ${id} (${setting}) (${serviceWords(error)})`,
      todo: `allow it on this ARN for the role or user that this runs as`,
    });
  return (
    commonTrouble(error, "ssm:GetParameter", `Systems Manager in ${region}`) ??
    say({
      why: `AWS did not return the parameter ${id} (${setting}) (${serviceWords(error)})`,
      todo: `check that it can be read with "aws ssm get-parameter --name ${id}"`,
    })
  );
}

const secretName = (id: string) =>
  id.startsWith("arn:") ? (id.split(":secret:")[1] ?? id).replace(/-[A-Za-z0-9]{6}$/, "") : id;
const resourceOf = (id: string, region: string) =>
  id.startsWith("arn:") ? id : `arn:aws:secretsmanager:${region}:<account>:secret:${id}-*`;

/** Without the error as a cause: a broken answer's error carries the answer. */
function lookUpError(trouble: Trouble, error: unknown): TargetError {
  const { status, requestId, name } = fault(error);
  return new TargetError(trouble, { status, requestId, code: name });
}
