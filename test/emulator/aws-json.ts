/** AWS JSON 1.1 (`POST /` with `X-Amz-Target`): signature, denied actions, dispatch, faults' words. */
import type { z } from "zod";
import { uuid } from "./ids.ts";
import { rejected, type Rejection, type Signer } from "./signature.ts";
import { refuse, type Answer, type Call, type Json, type Router, type Service } from "./wire.ts";

/** What one action does with its input. */
export type Action = (input: unknown) => unknown;

export interface AwsService {
  readonly service: Service;
  /** `AWSIdentityStore`, the first half of the target. */
  readonly target: string;
  /** The name a request is signed for, and the one in front of an action: `identitystore:ListUsers`. */
  readonly signedFor: string;
  readonly actions: Readonly<Record<string, Action>>;
}

/** Whose credentials are known, which role that is, and which of its actions are denied. */
export interface Caller extends Signer {
  role: string;
  /** In Lambda the name of the function. */
  session: string;
  /** `identitystore:ListUsers` ... */
  readonly denied: Set<string>;
}

export const account = "123456789012";
export const region = "us-east-1";
const role = `arn:aws:sts::${account}:assumed-role/ssosync/ssosync`;
let answers = 0;
const headers = (): Record<string, string> => ({
  "content-type": "application/x-amz-json-1.1",
  "x-amzn-requestid": uuid(`aws request ${++answers}`),
});

/** Client faults are HTTP 400 on the wire, whatever the model says. */
export const awsError = (type: string, message: string, more: Json = {}, status = 400): Answer => ({
  status,
  headers: { ...headers(), "x-amzn-errortype": type },
  body: { __type: type, Message: message, message, ...more },
});

export function denial(action: string, resource?: string): Answer {
  const on = resource === undefined ? "" : ` on resource: ${resource}`;
  const message =
    `User: ${role} is not authorized to perform: ${action}${on} because no identity-based policy allows the ` +
    `${action} action`;
  return awsError("AccessDeniedException", message);
}

export function createAwsRouter(services: readonly AwsService[], caller: Caller): Router {
  return (call) => {
    const [target = "", name = ""] = (call.headers["x-amz-target"] ?? "").split(".");
    const service = services.find((one) => one.target === target);
    const action = service?.actions[name];
    if (call.method !== "POST" || call.path !== "/" || service === undefined || action === undefined) {
      return undefined;
    }
    const answer = (): Answer => {
      checkSignature(call.headers["authorization"], service, caller);
      const full = `${service.signedFor}:${name}`;
      if (caller.denied.has(full)) return denial(full, resourceOf(service, call.text));
      return { status: 200, headers: headers(), body: action(JSON.parse(call.text || "{}") as unknown) };
    };
    return { service: service.service, operation: name, answer };
  };
}

/** Identity Store and Secrets Manager name the resource in a denial. */
function resourceOf(service: AwsService, text: string): string | undefined {
  const input = JSON.parse(text || "{}") as Json;
  if (typeof input["IdentityStoreId"] === "string") {
    return `arn:aws:identitystore::${account}:identitystore/${input["IdentityStoreId"]}`;
  }
  const id = input["SecretId"] ?? input["Name"];
  if (typeof id === "string")
    return service.service === "ssm" ? `arn:aws:ssm:${region}:${account}:parameter/${id}` : id;
  return undefined;
}

/** What AWS says of a call that is not signed rightly for this service; for what this program signs itself. */
export function rejectedCall(call: Call, caller: Caller, service: string): Rejection | undefined {
  const { method, path, rawQuery, headers: sent, text: body } = call;
  const url = new URL(`http://${sent["host"] ?? ""}${path}?${rawQuery}`);
  const signed = { method, url, headers: new Map(Object.entries(sent)), body };
  return rejected(signed, caller, { region, service, now: new Date() });
}

function checkSignature(header: string | undefined, service: AwsService, caller: Caller): void {
  if (header === undefined) {
    return refuse(awsError("MissingAuthenticationTokenException", "Request is missing Authentication Token"));
  }
  const scope = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/.exec(header);
  if (scope?.[1] !== caller.accessKeyId) {
    const message = "The security token included in the request is invalid.";
    return refuse(awsError("UnrecognizedClientException", message));
  }
  if (scope[3] !== service.signedFor) {
    const message = `Credential should be scoped to correct service: '${service.signedFor}'.`;
    return refuse(awsError("InvalidSignatureException", message));
  }
}

/** Input that does not fit the model. */
export function validate<S extends z.ZodType>(shape: S, input: unknown): z.output<S> {
  const parsed = shape.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  return refuse(
    awsError(
      "ValidationException",
      `1 validation error detected: Value at '${where}' failed to satisfy constraint: ${issue?.message ?? ""}`,
    ),
  );
}

export const throttling = (more: Json = {}): Answer => awsError("ThrottlingException", "Rate exceeded", more);

/** The usual words for a status, for faults that name only the number. */
export function awsWords(status: number): Answer {
  switch (status) {
    case 400:
      return awsError("ValidationException", "1 validation error detected");
    case 403:
      return awsError("AccessDeniedException", `User: ${role} is not authorized`, {}, 403);
    case 404:
      return awsError("ResourceNotFoundException", "Resource not found", {}, 404);
    case 429:
      return awsError("ThrottlingException", "Rate exceeded", {}, 429);
    default:
      return awsError("InternalServerException", "Internal server error", {}, status);
  }
}
