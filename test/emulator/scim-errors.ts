/** SCIM refusals as IAM Identity Center words them. */
import { uuid } from "./ids.ts";
import { refuse, type Answer } from "./wire.ts";

const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error";
let refusals = 0;

export const requestId = (): string => uuid(`scim request ${++refusals}`);

/** `schema` and `schemas`, status as text, no scimType; UTC with a space, trailing zeros dropped. */
export function scimError(status: number, detail: string): Answer {
  const id = requestId();
  const timeStamp = new Date()
    .toISOString()
    .replace("T", " ")
    .replace("Z", "")
    .replace(/0+$/, "")
    .replace(/\.$/, "");
  return {
    status,
    headers: { "x-amzn-RequestId": id },
    body: {
      schema: [errorUrn],
      schemas: [errorUrn],
      detail,
      status: String(status),
      exceptionRequestId: id,
      timeStamp,
    },
  };
}

export const unparsable = (): never =>
  refuse(scimError(400, "Request is unparsable, syntactically incorrect, or violates schema."));
export const invalidFilter = (): never => refuse(scimError(400, "Invalid Filter format"));
export const missing = (what: "USER" | "GROUP"): never => refuse(scimError(404, `${what} does not exist.`));
export const duplicate = (): never => refuse(scimError(409, "Refused to create a new, duplicate resource."));
export const replacesMembers = (): never =>
  refuse(scimError(400, "Replacing group memberships is not supported."));
export const tooManyWithoutPath = (): never =>
  refuse(
    scimError(
      400,
      'Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a ' +
        "single attribute.",
    ),
  );

/** Bodies of 401, 403, 429 and 500 are not known: these words are the emulator's own. */
export function scimWords(status: number): Answer {
  const words: Readonly<Record<number, string>> = {
    400: "Request is unparsable, syntactically incorrect, or violates schema.",
    401: "Unauthorized",
    403: "Access denied",
    404: "USER does not exist.",
    409: "Refused to create a new, duplicate resource.",
    429: "Rate exceeded",
  };
  return scimError(status, words[status] ?? "Internal server error");
}
