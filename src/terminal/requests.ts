import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** What undici tells of a request: `headers` are names and values in turn. */
interface Sent {
  readonly origin: string | URL;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[] | string;
}

/**
 * Tells each request that was answered, as one line without its headers and its body: `POST identitystore.… ListUsers:
 * 200 in 41 ms`. Nothing of it opens a door. Returns how to stop.
 */
export function followRequests(tell: (line: string) => void): () => void {
  const begun = new WeakMap<object, number>();
  const created = (message: unknown): void => {
    begun.set((message as { request: object }).request, performance.now());
  };
  const answered = (message: unknown): void => {
    const { request, response } = message as { request: Sent; response: { statusCode: number } };
    const ms = Math.round(performance.now() - (begun.get(request) ?? performance.now()));
    const { host } = new URL(request.origin);
    tell(`${request.method} ${host} ${askedOf(request)}: ${response.statusCode} in ${ms} ms`);
  };
  subscribe("undici:request:create", created);
  subscribe("undici:request:headers", answered);
  return () => {
    unsubscribe("undici:request:create", created);
    unsubscribe("undici:request:headers", answered);
  };
}

/** The operation of AWS's JSON services; otherwise the path, without the part of SCIM's that names the tenant. */
function askedOf({ headers, path }: Sent): string {
  const at = Array.isArray(headers) ? headers.findIndex((name) => /^x-amz-target$/i.test(name)) : -1;
  const operation = at === -1 ? undefined : headers[at + 1]?.split(".").at(-1);
  return operation ?? path.replace(/^.*\/scim\/v2\//, "…/");
}
