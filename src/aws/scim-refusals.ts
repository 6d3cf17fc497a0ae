/** What a refusal of the SCIM endpoint means, and what to do about it. */
import type { Trouble } from "../core/trouble.ts";

interface From {
  readonly endpoint: string;
  readonly token: string;
}

/** What was asked for and what came of it. */
interface Refused {
  readonly method: string;
  /** It asked for a name, an email address or an external id, which another object may have. */
  readonly claims?: boolean;
  readonly status: number;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly throttled: boolean;
  /** It is a 403 about this request alone: the token is accepted for others. */
  readonly alone: boolean;
  /** Where endpoint and token come from, as a person calls it: "the secret SSOSyncSCIMAccessToken". */
  readonly from: From;
  /** The wait that was asked for. */
  readonly waitMs: number | undefined;
}

/** Whether the same request may well succeed a little later. */
export const isPassing = (status: number): boolean => status === 408 || (status >= 500 && status !== 501);

/** Whether the token or the endpoint is refused, so that no other request would fare better. */
export const isOfToken = (status: number): boolean =>
  status === 401 || status === 403 || (status >= 300 && status < 400);

/** What to do about a wrong endpoint. */
export const endpointRemedy = ({ endpoint }: From): string =>
  `store the endpoint shown under IAM Identity Center › Settings › Automatic provisioning in ${endpoint}`;
const rotate = ({ token, endpoint }: From): string =>
  `create a new token under IAM Identity Center › Settings › Automatic provisioning, store it in ${token}, and check ${endpoint}`;
const SUPPORT = "give the request ID to AWS Support";

/** `refusal` says who refused what; the words of the endpoint and its request id are added to it. */
export function refusalTrouble(refusal: string, refused: Refused): Trouble {
  const { detail, requestId, status } = refused;
  const said = detail === undefined ? "" : ` "${detail.replace(/\.$/, "")}"`;
  const request = requestId === undefined ? "" : `, request ${requestId}`;
  const { cause, todo } = meaningOf(refused);
  return { why: `${refusal} (${status}${said}${request})${cause}`, todo };
}

/** `cause` is the end of a sentence that names the refusal. */
interface Meaning {
  readonly cause: string;
  readonly todo: string;
}

function meaningOf({ method, claims, status, throttled, alone, waitMs = 0, from }: Refused): Meaning {
  const wait = waitMs === 0 ? "again and again" : `and asks for a wait of ${Math.ceil(waitMs / 1000)} s`;
  if (throttled)
    return { cause: ` because of throttling, ${wait}`, todo: "lower SCIM_RATE, or run again later" };
  if (isPassing(status))
    return { cause: `, ${wait}`, todo: `run again later; if it happens again, ${SUPPORT}` };
  if (alone)
    return {
      cause:
        ": AWS accepts the same token for other requests, so this concerns only what this request is about",
      todo: `look it up in the console; if nothing there explains it, ${SUPPORT}`,
    };
  if (isOfToken(status)) return meaningOfToken(status, from);
  if (status === 404)
    return {
      cause: ": it does not exist",
      todo: "wait for the next run, which reads IAM Identity Center again",
    };
  if (status === 409)
    return claims === true
      ? {
          cause: ": another object has the name, the email address or the external ID",
          todo: "find that object, and rename or delete it",
        }
      : {
          cause: ": AWS reports a conflict with another change at the same time",
          todo: "wait for the next run, which tries again",
        };
  if (method === "GET" || status >= 500)
    return { cause: "", todo: `run again; if it happens again, ${SUPPORT}` };
  return {
    cause: "",
    todo: "look up the event of identitystore-scim.amazonaws.com with this request ID in CloudTrail, which names the attribute",
  };
}

function meaningOfToken(status: number, from: From): Meaning {
  if (status === 401)
    return {
      cause: ": the token is wrong or has expired, or belongs to another endpoint",
      todo: rotate(from),
    };
  if (status !== 403)
    return { cause: ": it redirects, and the token is not sent anywhere else", todo: endpointRemedy(from) };
  return {
    cause: ": the token does not allow this, or calls from this network are not allowed",
    todo: `${rotate(from)} and the source addresses that the instance allows`,
  };
}
