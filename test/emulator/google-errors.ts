/** The Directory API's error bodies: the classic envelope, and the newer front end's with status and details. */
import { refuse, type Answer } from "./wire.ts";

interface Extra {
  readonly domain?: string;
  readonly location?: { readonly locationType: string; readonly location: string };
}

/** `{"error":{"code","message","errors":[{"message","domain","reason"}]}}` */
export function googleError(status: number, reason: string, message: string, extra: Extra = {}): Answer {
  const first = { message, domain: extra.domain ?? "global", reason, ...extra.location };
  return { status, body: { error: { code: status, message, errors: [first] } } };
}

/** How Google says that it does not show a group, or its members: each was seen, the first of them most often. */
const HIDDEN = {
  // slashdevops/idp-scim-sync#49, and whoever lists the members of a partner's group.
  forbidden: googleError(403, "forbidden", "Not Authorized to access this resource/api"),
  // GAM-team/GAM, glgapi.py; also where the other account switched API access off.
  domainCannotUseApis: googleError(403, "domainCannotUseApis", "Domain cannot use apis"),
  // GAM-team/GAM, glgapi.py: INVALID_DOMAIN, DOMAIN_NOT_FOUND, INVALID_GROUP.
  invalidDomain: googleError(403, "invalid", "Invalid domain"),
  domainNotFound: googleError(404, "notFound", "Domain not found"),
  groupKey: googleError(400, "invalid", "Invalid Input: groupKey"),
  // google-api-nodejs-client#166: a young group's 404s come and go.
  notFound: googleError(404, "notFound", "Resource Not Found: groupKey"),
  // Directory API, troubleshoot-error-codes: after every attempt.
  backendError: googleError(503, "backendError", "Service unavailable. Please try again"),
} as const satisfies Readonly<Record<string, Answer>>;

export type Hidden = keyof typeof HIDDEN;

export const notShown = (how: Hidden): never => refuse(HIDDEN[how]);

export const invalid = (what: string): never => refuse(googleError(400, "invalid", `Invalid Input: ${what}`));
export const badRequest = (message = "Bad Request"): never => refuse(googleError(400, "badRequest", message));
export const forbidden = (): never =>
  refuse(googleError(403, "forbidden", "Not Authorized to access this resource/api"));
export const notFound = (key: "userKey" | "groupKey" | "memberKey"): never =>
  refuse(googleError(404, "notFound", `Resource Not Found: ${key}`));

export const unauthorized = (): never =>
  refuse(
    googleError(401, "authError", "Invalid Credentials", {
      location: { locationType: "header", location: "Authorization" },
    }),
  );

export const loginRequired = (): never =>
  refuse(
    googleError(401, "required", "Login Required", {
      location: { locationType: "header", location: "Authorization" },
    }),
  );

/** `method` as in `DirectoryUsers.List`. The first error's message is not the envelope's. */
export function scopeMissing(method: string): never {
  const metadata = {
    service: "admin.googleapis.com",
    method: `ccc.hosted.frontend.directory.v1.${method}`,
  };
  return refuse({
    status: 403,
    body: {
      error: {
        code: 403,
        message: "Request had insufficient authentication scopes.",
        errors: [{ message: "Insufficient Permission", domain: "global", reason: "insufficientPermissions" }],
        status: "PERMISSION_DENIED",
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            domain: "googleapis.com",
            metadata,
          },
        ],
      },
    },
  });
}

export function apiDisabled(project: string): never {
  const link = `https://console.developers.google.com/apis/api/admin.googleapis.com/overview?project=${project}`;
  const message =
    `Admin SDK API has not been used in project ${project} before or it is disabled. Enable it by visiting ` +
    `${link} then retry. If you enabled this API recently, wait a few minutes for the action to propagate ` +
    `to our systems and retry.`;
  const first = {
    message,
    domain: "usageLimits",
    reason: "accessNotConfigured",
    extendedHelp: "https://console.developers.google.com",
  };
  const help = {
    "@type": "type.googleapis.com/google.rpc.Help",
    links: [{ description: "Google developers console API activation", url: link }],
  };
  const why = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: "SERVICE_DISABLED",
    domain: "googleapis.com",
    metadata: { service: "admin.googleapis.com", consumer: `projects/${project}` },
  };
  const status = "PERMISSION_DENIED";
  return refuse({
    status: 403,
    body: { error: { code: 403, message, errors: [first], status, details: [help, why] } },
  });
}

const quotaMessage =
  "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service " +
  "'admin.googleapis.com' for consumer 'project_number:101010101010'.";

/** Too fast, in each of the ways Google has said it. */
export function tooFast(
  how: "quotaExceeded" | "rateLimitExceeded" | "userRateLimitExceeded" | "429" | "plain",
): Answer {
  switch (how) {
    case "quotaExceeded":
      return googleError(403, how, "Request rate higher than configured.");
    case "rateLimitExceeded":
      return googleError(403, how, quotaMessage, { domain: "usageLimits" });
    case "userRateLimitExceeded":
      return googleError(403, how, "User Rate Limit Exceeded", { domain: "usageLimits" });
    case "429":
      return googleError(429, "rateLimitExceeded", "Rate Limit Exceeded", { domain: "usageLimits" });
    case "plain":
      return { status: 403, body: "Quota exceeded for the current request" };
  }
}

const badGateway =
  "<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n" +
  "<p><b>502.</b> <ins>That’s an error.</ins>\n<p>The server encountered a temporary error.";

/** The usual words for a status, for faults that name only the number. */
export function googleWords(status: number): Answer {
  switch (status) {
    case 400:
      return googleError(400, "badRequest", "Bad Request");
    case 401:
      return googleError(401, "authError", "Invalid Credentials");
    case 403:
      return googleError(403, "forbidden", "Not Authorized to access this resource/api");
    case 404:
      return googleError(404, "notFound", "Resource Not Found: userKey");
    case 429:
      return tooFast("429");
    case 500:
      return googleError(500, "backendError", "Backend Error");
    case 502:
      return { status, headers: { "content-type": "text/html; charset=UTF-8" }, body: badGateway };
    default:
      return googleError(status, "backendError", "Service unavailable. Please try again");
  }
}
