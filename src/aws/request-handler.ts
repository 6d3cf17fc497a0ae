import type { IdentitystoreClientResolvedConfig } from "@aws-sdk/client-identitystore";
import type { Network } from "../traffic/network.ts";
import { unreached } from "../traffic/unreached.ts";

type Handler = IdentitystoreClientResolvedConfig["requestHandler"];

/** A request as the SDK hands it over, signed. */
interface Asked {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** When an answer of AWS's has to have begun. */
export const BEGINS_MS = 30_000;

/** Lets an AWS SDK client use this network, which outlives it. Troubles that may pass are marked for the SDK's retries. */
export function requestHandler(network: Network): Handler {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (asked: Asked, options?: { readonly abortSignal?: unknown }) => {
      const signal = options?.abortSignal as AbortSignal | undefined;
      const { method, headers, body = null } = asked;
      try {
        const answer = await network.send(addressOf(asked), {
          ...{ method, headers, body, signal },
          beginsMs: BEGINS_MS,
        });
        return { response: { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body } };
      } catch (error) {
        const final = signal?.aborted === true || unreached(error).lasting;
        throw final ? error : Object.assign(error as Error, { $retryable: { throttling: false } });
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

/** The URL of a signed request. */
export function addressOf({ protocol, hostname, port, path, query = {} }: Asked): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values ?? ""].flat().map((value) => `${inQuery(name)}=${inQuery(value)}`),
  );
  const from = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`;
  return pairs.length === 0 ? from : `${from}?${pairs.join("&")}`;
}

/** As it was signed: RFC 3986 leaves fewer characters alone than encodeURIComponent does. */
const inQuery = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
