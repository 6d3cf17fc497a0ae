/** AWS's Signature Version 4 of a request, checked as AWS checks it (AWS General Reference, "Signature Version 4"). */
import { createHash, createHmac } from "node:crypto";

/** Whose key signs here. A session token belongs to it, as every role's key has one. */
export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What AWS says of a request that it does not take: the exception's name and its words. */
export interface Rejection {
  readonly code: string;
  readonly message: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, SignedHeaders=(?<signed>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/;
const LONGEST_AGE_MS = 5 * 60 * 1000;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Undefined when the signature is right, at this time and for this service and Region. */
export function rejected(
  request: SignedRequest,
  signer: Signer,
  expected: { readonly region: string; readonly service: string; readonly now: Date },
): Rejection | undefined {
  const said = AUTHORIZATION.exec(request.headers.get("authorization") ?? "")?.groups;
  if (said === undefined)
    return { code: "IncompleteSignature", message: "Authorization header is malformed." };
  const { key = "", day = "", region = "", service = "", signed = "", signature = "" } = said;
  const names = signed.split(";");
  const must = ["host", ...[...request.headers.keys()].filter((name) => name.startsWith("x-amz-"))];
  if (!must.every((name) => names.includes(name)) || !request.headers.has("x-amz-date")) return mismatch;
  if (request.headers.get("host") !== request.url.host) return mismatch;
  const { region: ours, service: meant } = expected;
  if (region !== ours || service !== meant)
    return { code: "SignatureDoesNotMatch", message: `Credential should be scoped to ${ours}/${meant}.` };
  const date = request.headers.get("x-amz-date") ?? "";
  const late = untimely(date, day, expected.now);
  if (late !== undefined) return late;
  if (key !== signer.accessKeyId || request.headers.get("x-amz-security-token") !== signer.sessionToken)
    return {
      code: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
    };
  const scope = [day, region, service, "aws4_request"];
  const text = ["AWS4-HMAC-SHA256", date, scope.join("/"), sha256(canonical(request, names))].join("\n");
  const signing = scope.reduce<string | Buffer>(hmac, `AWS4${signer.secretAccessKey}`);
  return hmac(signing, text).toString("hex") === signature ? undefined : mismatch;
}

const mismatch: Rejection = {
  code: "SignatureDoesNotMatch",
  message: "The request signature we calculated does not match the signature you provided.",
};

function untimely(date: string, day: string, now: Date): Rejection | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const [year = NaN, month = NaN, ...rest] = parts.map(Number);
  const [dayOfMonth = NaN, hour = NaN, minute = NaN, second = NaN] = rest;
  const age = now.getTime() - Date.UTC(year, month - 1, dayOfMonth, hour, minute, second);
  if (date.startsWith(day) && Math.abs(age) <= LONGEST_AGE_MS) return undefined;
  return {
    code: "SignatureDoesNotMatch",
    message: `Signature expired: ${date} is not within 5 min. of now.`,
  };
}

function canonical({ method, url, headers, body }: SignedRequest, names: readonly string[]): string {
  const query = [...url.searchParams].map(([name, value]) => `${inUrl(name)}=${inUrl(value)}`).toSorted();
  const lines = names.map((name) => `${name}:${(headers.get(name) ?? "").trim().replace(/\s+/g, " ")}\n`);
  return [method, url.pathname, query.join("&"), lines.join(""), names.join(";"), sha256(body)].join("\n");
}

const inUrl = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
