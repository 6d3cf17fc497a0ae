/** The one way out: every request of every client goes through here, and every answer comes back bounded. */
import type { IncomingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import { unzip } from "node:zlib";
import { EnvHttpProxyAgent, Pool, request } from "undici";

/** The proxy of the settings: its address, and the hosts that are reached without it, as `NO_PROXY` lists them. */
interface Proxy {
  readonly url: string;
  readonly except: string;
}

interface Bounds {
  /** What an answer may measure, packed as well as unpacked. */
  readonly mostBytes: number;
  /** What a request may take, from its start to the last byte of its answer. */
  readonly longestMs: number;
  /** How long an answer may stand still. */
  readonly silenceMs: number;
}

/** The first two: contract §3. */
const BOUNDS: Bounds = { mostBytes: 64_000_000, longestMs: 60_000, silenceMs: 30_000 };

interface Asking {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | null;
  readonly signal?: AbortSignal | undefined;
  /** When an answer has to have begun; when it has to be over unless told. */
  readonly beginsMs?: number;
}

/** A whole answer: its body is unpacked, its headers have names in lower case. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Network {
  /**
   * Sends one request and reads the whole answer, whatever its status; redirects are not followed. Rejects with a
   * `NetworkError`, with the signal's reason, or with an error of undici's or Node's that has a `code`.
   */
  readonly send: (url: URL | string, asking: Asking) => Promise<Answered>;
  /** Ends every connection. */
  readonly close: () => Promise<void>;
}

/**
 * No answer was had, or one was refused as no honest one. `why` completes "… was not reached: ", `todo` says what to
 * do; neither holds a password.
 */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly why: string;
  readonly todo: string;
  readonly code:
    | "ANSWER_TOO_LARGE"
    | "ANSWER_TOO_SLOW"
    | "PROXY_REFUSED"
    | "PROXY_OUT_OF_REACH"
    | "ETIMEDOUT";
  /** Whether the same request may well succeed a little later. */
  readonly passing: boolean;

  constructor(
    { why, todo }: Pick<NetworkError, "why" | "todo">,
    about: Pick<NetworkError, "code" | "passing"> & { readonly cause?: unknown },
  ) {
    super(`${why}; ${todo}`, about.cause === undefined ? {} : { cause: about.cause });
    this.why = why;
    this.todo = todo;
    this.code = about.code;
    this.passing = about.passing;
  }
}

/** Sends nothing until it is asked to. The environment is not read: without `proxy` there is none. */
export function network(proxy?: Proxy, bounds: Partial<Bounds> = {}): Network {
  const within = { ...BOUNDS, ...bounds };
  const dispatcher = new EnvHttpProxyAgent({
    // An empty text is a proxy that is not set; undefined would be looked for in the environment.
    httpProxy: proxy?.url ?? "",
    httpsProxy: proxy?.url ?? "",
    noProxy: proxy?.except ?? "",
    proxyTunnel: true,
    clientFactory: throughProxy,
    connections: 50,
    allowH2: false,
  });
  return {
    send: (url, asking) => wholeAnswer(url, asking, { dispatcher, ...within }),
    close: () => dispatcher.destroy(),
  };
}

interface Within extends Bounds {
  readonly dispatcher: EnvHttpProxyAgent;
}

async function wholeAnswer(url: URL | string, asking: Asking, within: Within): Promise<Answered> {
  const { signal } = asking;
  const clock = AbortSignal.timeout(within.longestMs);
  const stop = signal === undefined ? clock : AbortSignal.any([signal, clock]);
  const progress = { begun: false };
  try {
    // By itself undici looks at the signal once there is a connection, and no sooner.
    return await Promise.race([roundTrip(url, asking, { ...within, stop, progress }), whenAborted(stop)]);
  } catch (error) {
    throw clock.aborted && signal?.aborted !== true ? late(within.longestMs, progress.begun) : error;
  }
}

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });

interface Exchange extends Within {
  readonly stop: AbortSignal;
  readonly progress: { begun: boolean };
}

async function roundTrip(url: URL | string, asking: Asking, around: Exchange): Promise<Answered> {
  const { dispatcher, longestMs, mostBytes, progress, silenceMs, stop } = around;
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    method: asking.method as "GET",
    headers: { ...asking.headers },
    body: asking.body ?? null,
    headersTimeout: asking.beginsMs ?? longestMs,
    bodyTimeout: silenceMs,
    signal: stop,
  });
  progress.begun = true;
  const packed = await whole(body as AsyncIterable<Uint8Array>, mostBytes);
  const plain = textual(headers);
  return { status: statusCode, headers: plain, body: await unpacked(packed, plain, mostBytes) };
}

/** One piece of memory that grows, so that an answer in millions of tiny pieces is no larger than its bytes. */
async function whole(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Answered["body"]> {
  let room = new Uint8Array(16_384);
  let length = 0;
  for await (const piece of body) {
    const longer = length + piece.length;
    if (longer > mostBytes) throw tooLarge(mostBytes);
    if (longer > room.length) {
      const larger = new Uint8Array(Math.max(longer, Math.min(2 * room.length, mostBytes)));
      larger.set(room.subarray(0, length));
      room = larger;
    }
    room.set(piece, length);
    length = longer;
  }
  return room.subarray(0, length);
}

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Answered["body"]>(unzip);

/** Of the ways to pack, the two that Google is asked for; what is packed in another way stays as it is. */
async function unpacked(
  body: Answered["body"],
  headers: Answered["headers"],
  mostBytes: number,
): Promise<Answered["body"]> {
  const packing = headers["content-encoding"]?.trim() ?? "";
  if (body.length === 0 || !/^(?:x-)?gzip$|^deflate$/i.test(packing)) return body;
  try {
    return await inflate(body, { maxOutputLength: mostBytes });
  } catch (error) {
    throw (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE" ? tooLarge(mostBytes) : error;
  }
}

function textual(headers: IncomingHttpHeaders): Answered["headers"] {
  const told = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told.map(([name, value]) => [name, [value].flat().join(", ")]));
}

// ---------------------------------------------------------------- what may go wrong

const PROXY_IN_BETWEEN = "look for a proxy in between";

const tooLarge = (mostBytes: number): NetworkError =>
  new NetworkError(
    {
      why: `its answer is larger than ${mostBytes / 1_000_000} MB, which no honest answer is`,
      todo: PROXY_IN_BETWEEN,
    },
    { code: "ANSWER_TOO_LARGE", passing: false },
  );

/** An answer that never began may be the network's fault, and come the next time; one that goes on and on will not end. */
function late(longestMs: number, begun: boolean): NetworkError {
  const seconds = longestMs / 1000;
  return begun
    ? new NetworkError(
        {
          why: `its answer was not over after ${seconds} s, which no honest answer takes`,
          todo: PROXY_IN_BETWEEN,
        },
        { code: "ANSWER_TOO_SLOW", passing: false },
      )
    : new NetworkError(
        {
          why: `no answer came in ${seconds} s`,
          todo: "check the network's way out (a VPC needs NAT, an endpoint or a proxy)",
        },
        { code: "ETIMEDOUT", passing: true },
      );
}

/** A proxy that has not said by then whether it lets a request through will not say it any more. */
const LONGEST_TUNNEL_MS = 20_000;

/** Connections to the proxy itself, which tell its troubles from those of the host behind it. */
function throughProxy(origin: URL, options: Pool.Options): Pool {
  const pool = new Pool(origin, { ...options, headersTimeout: LONGEST_TUNNEL_MS });
  const connect = pool.connect.bind(pool);
  const tunnel = async (asked: Parameters<typeof connect>[0]) => {
    const answer = await connect(asked).catch((cause: unknown) => {
      throw proxyDown(origin, cause);
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on("error", () => undefined).destroy();
    throw proxyRefuses(origin, String(asked.path), answer.statusCode);
  };
  return Object.assign(pool, { connect: tunnel });
}

function proxyDown({ host }: URL, cause: unknown): NetworkError {
  const code = (cause as { code?: unknown } | null)?.code;
  const why = `the proxy ${host} cannot be reached${typeof code === "string" ? ` (${code})` : ""}`;
  return new NetworkError(
    { why, todo: "check HTTPS_PROXY" },
    { code: "PROXY_OUT_OF_REACH", passing: true, cause },
  );
}

function proxyRefuses({ host }: URL, destination: string, status: number): NetworkError {
  const why = `the proxy ${host} refuses to connect to ${destination} (${status})`;
  const todo =
    status === 407
      ? "put a user name and a password that it takes into HTTPS_PROXY"
      : "allow that there, or name the host in NO_PROXY";
  return new NetworkError({ why, todo }, { code: "PROXY_REFUSED", passing: status >= 500 });
}
