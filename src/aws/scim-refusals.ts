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

/** A row of the table: the first one that fits. `cause` is the end of a sentence that names the refusal. */
interface Meaning {
  readonly when: (refused: Refused) => boolean;
  readonly cause: string | ((refused: Refused) => string);
  readonly todo: string | ((refused: Refused) => string);
}

const meaningOf = (refused: Refused): { readonly cause: string; readonly todo: string } => {
  const { cause, todo } = MEANINGS.find(({ when }) => when(refused)) ?? UNEXPLAINED;
  return { cause: textOf(cause, refused), todo: textOf(todo, refused) };
};

const textOf = (text: Meaning["cause"], refused: Refused): string =>
  typeof text === "string" ? text : text(refused);

const waiting = ({ waitMs = 0 }: Refused): string =>
  waitMs === 0 ? "again and again" : `and asks for a wait of ${Math.ceil(waitMs / 1000)} s`;

const hasStatus =
  (status: number) =>
  (refused: Refused): boolean =>
    refused.status === status;

/**
 * Every way in which the endpoint says no. GUIDE is AWS's SCIM implementation developer guide, which lists the errors of
 * each operation; SEEN was met at the endpoint by other public clients.
 */
const MEANINGS: readonly Meaning[] = [
  // GUIDE: ThrottlingException, 429. SEEN: the same name with 400.
  {
    when: ({ throttled }) => throttled,
    cause: (refused) => ` because of throttling, ${waiting(refused)}`,
    todo: "lower SCIM_RATE, or run again later",
  },
  // GUIDE: InternalServerException, 500. SEEN: 502, 503, 504 of the front end.
  {
    when: ({ status }) => isPassing(status),
    cause: (refused) => `, ${waiting(refused)}`,
    todo: `run again later; if it happens again, ${SUPPORT}`,
  },
  // GUIDE: AccessDeniedException, 403; of one object alone, as a harmless read with the same token shows.
  {
    when: ({ alone }) => alone,
    cause:
      ": AWS accepts the same token for other requests, so this concerns only what this request is about",
    todo: `look it up in the console; if nothing there explains it, ${SUPPORT}`,
  },
  // GUIDE: UnauthorizedException, 401.
  {
    when: hasStatus(401),
    cause: ": the token is wrong or has expired, or belongs to another endpoint",
    todo: ({ from }) => rotate(from),
  },
  // GUIDE: AccessDeniedException, 403; of every request.
  {
    when: hasStatus(403),
    cause: ": the token does not allow this, or calls from this network are not allowed",
    todo: ({ from }) => `${rotate(from)} and the source addresses that the instance allows`,
  },
  // HTTP (RFC 9110, 15.4): of another host, or of a proxy.
  {
    when: ({ status }) => isOfToken(status),
    cause: ": it redirects, and the token is not sent anywhere else",
    todo: ({ from }) => endpointRemedy(from),
  },
  // GUIDE: ResourceNotFoundException, 404.
  {
    when: hasStatus(404),
    cause: ": it does not exist",
    todo: "wait for the next run, which reads IAM Identity Center again",
  },
  // GUIDE: ConflictException, 409, of a name, an email address or an external id.
  {
    when: ({ status, claims }) => status === 409 && claims === true,
    cause: ": another object has the name, the email address or the external ID",
    todo: "find that object, and rename or delete it",
  },
  // GUIDE: ConflictException, 409, of any other change.
  {
    when: hasStatus(409),
    cause: ": AWS reports a conflict with another change at the same time",
    todo: "wait for the next run, which tries again",
  },
  // RFC 7644, 3.12: 501, and whatever else a reading is refused with.
  {
    when: ({ method, status }) => method === "GET" || status >= 500,
    cause: "",
    todo: `run again; if it happens again, ${SUPPORT}`,
  },
];

/** GUIDE: ValidationException, 400, and 402 of a quota: the words name neither the attribute nor the object. */
const UNEXPLAINED = {
  cause: "",
  todo: "look up the event of identitystore-scim.amazonaws.com with this request ID in CloudTrail, which names the attribute",
} as const satisfies Omit<Meaning, "when">;
