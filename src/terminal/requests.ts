import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** What undici tells of a request: `headers` are names and values in turn. */
interface Sent {
  readonly origin: string | URL;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[] | string;
}

/** A request and what came of it: nothing of this opens a door. */
interface Traffic {
  readonly host: string;
  /** `POST identitystore.… ListUsers`, without headers and body. */
  readonly asked: string;
  /** The HTTP status, or the code of what kept an answer from coming. */
  readonly came: number | string;
  readonly ms: number;
}

/** Tells each request once it is answered, or once no answer can come any more. Returns how to stop. */
export function followRequests(tell: (traffic: Traffic) => void): () => void {
  const begun = new WeakMap<object, number>();
  const end = (request: Sent, came: number | string): void => {
    const ms = Math.round(performance.now() - (begun.get(request) ?? performance.now()));
    const { host } = new URL(request.origin);
    tell({ host, asked: `${request.method} ${host} ${operationOf(request)}`, came, ms });
  };
  const listeners: readonly (readonly [string, (message: never) => void])[] = [
    ["undici:request:create", ({ request }: { request: Sent }) => void begun.set(request, performance.now())],
    [
      "undici:request:headers",
      ({ request, response }: { request: Sent; response: { statusCode: number } }) =>
        end(request, response.statusCode),
    ],
    [
      "undici:request:error",
      ({ request, error }: { request: Sent; error: { name?: string; code?: string } }) =>
        // What we end ourselves is no trouble.
        error.name === "AbortError" || error.code === "UND_ERR_DESTROYED"
          ? undefined
          : end(request, error.code ?? "no answer"),
    ],
  ];
  for (const [channel, listener] of listeners) subscribe(channel, listener as (message: unknown) => void);
  return () => {
    for (const [channel, listener] of listeners) unsubscribe(channel, listener as (message: unknown) => void);
  };
}

/** What to say, once for each host and kind of trouble, while a request is made again; `undefined` of all others. */
export function patienceText({ host, came }: Traffic): string | undefined {
  if (came === 429) return `${host} asks to go slower; what it refused is sent again, more slowly.`;
  if (typeof came === "string") return `${host} gives no answer (${came}); trying again.`;
  return came >= 500 ? `${host} has trouble (${came}); trying again.` : undefined;
}

/** The operation of AWS's JSON services; otherwise the path, without the part of SCIM's that names the tenant. */
function operationOf({ headers, path }: Sent): string {
  const at = Array.isArray(headers) ? headers.findIndex((name) => /^x-amz-target$/i.test(name)) : -1;
  const operation = at === -1 ? undefined : headers[at + 1]?.split(".").at(-1);
  return operation ?? path.replace(/^.*\/scim\/v2\//, "…/");
}
