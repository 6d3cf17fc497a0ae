/** A company at the emulated Google, and the real client in front of it. */
import { inspect } from "node:util";
import { onTestFinished } from "vitest";
import { directoryApi, googleAuth } from "../../src/google/auth.ts";
import { readDirectory } from "../../src/google/directory.ts";
import { SourceError } from "../../src/google/errors.ts";
import { googleCredentials } from "../../src/settings/google-credentials.ts";
import { sourceId } from "../../src/core/model.ts";
import type { Source } from "../../src/core/model.ts";
import { network, type Network } from "../../src/traffic/network.ts";
import { pace } from "../../src/traffic/pace.ts";
import { startEmulator } from "../emulator/emulator.ts";

type Ask = Parameters<typeof readDirectory>[1];
type Asker = Parameters<typeof googleAuth>[0];

export interface Connection extends Partial<Pick<Asker, "retries" | "firstWaitMs">> {
  readonly longestMs?: number;
  readonly mostBytes?: number;
  readonly admin?: string | null;
  readonly credentials?: Asker["credentials"];
  readonly aws?: Asker["aws"];
  readonly privateKey?: string;
  readonly clientEmail?: string;
  readonly tokenUri?: string;
  readonly rootUrl?: string;
  readonly signal?: AbortSignal;
  /** Requests a second; as good as no limit unless told. */
  readonly rate?: number;
}

/** Two rows to a page unless told, so that every listing of three crosses a page. */
export async function google(rowsPerPage: number | "vendor" = 2) {
  const emulator = await startEmulator({ pageSize: rowsPerPage });
  onTestFinished(async () => {
    await Promise.all(opened.map((net) => net.close()));
    await emulator.close();
    emulator.verify();
  });
  const { google: company, key, url, caller } = emulator;
  const opened: Network[] = [];
  const connect = (over: Connection = {}) => {
    const { retries = 2, firstWaitMs = 1, longestMs = 5_000 } = over;
    const net = network(undefined, {
      longestMs,
      ...(over.mostBytes === undefined ? {} : { mostBytes: over.mostBytes }),
    });
    opened.push(net);
    const patience = { retries, firstWaitMs, network: net };
    const auth = googleAuth({
      ...patience,
      credentials: over.credentials ?? {
        kind: "key",
        clientEmail: over.clientEmail ?? key.client_email,
        clientId: key.client_id,
        privateKey: over.privateKey ?? key.private_key,
        tokenUri: over.tokenUri ?? key.token_uri,
      },
      admin: over.admin === undefined ? "admin@example.com" : over.admin,
      aws: over.aws ?? (() => Promise.reject(new Error("a key needs nothing of AWS"))),
      ...(over.signal === undefined ? {} : { signal: over.signal }),
    });
    const speed = pace(over.rate ?? 1_000);
    const signal = over.signal ?? new AbortController().signal;
    const api = directoryApi({
      ...patience,
      auth,
      rootUrl: over.rootUrl ?? `${url}/`,
      pace: speed,
      signal,
    });
    const read = (ask: Partial<Ask> = {}): Promise<Source> =>
      readDirectory(api, { ...everything, ...ask }, { signal }).whole();
    return { api, auth, pace: speed, read };
  };
  return {
    company,
    key,
    url,
    caller,
    /** The way without a key. */
    federation: () => {
      const file = googleCredentials(JSON.stringify(emulator.federationFile()));
      if ("is" in file || file.kind === "key") throw new Error("the emulator's federation file is none");
      return { credentials: file, aws: () => Promise.resolve({ region: "eu-west-1", ...caller }) };
    },
    requests: emulator.requests,
    fault: emulator.fault,
    /** Access tokens seen at the API. */
    tokens: () => [
      ...new Set(emulator.requests.map(({ headers }) => headers["authorization"]?.slice("Bearer ".length))),
    ],
    /** Forgets what it handed out: the next call with such a token is a 401. */
    revokeTokens: emulator.expireTokens,
    count: (operation: string) => emulator.count({ operation }),
    connect,
    read: (ask: Partial<Ask> = {}) => connect().read(ask),
    id: (address: string) => sourceId((company.findUser(address) ?? company.group(address)).id),
  };
}

export type Google = Awaited<ReturnType<typeof google>>;

export const everything: Ask = {
  customerId: "my_customer",
  userMatch: "none",
  groupMatch: "all",
  wants: () => true,
  userFields: [],
};

/** What was thrown, which has to be a `SourceError`. */
export async function failureFrom(work: Promise<unknown>): Promise<SourceError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw new Error(`not a SourceError: ${inspect(error)}`, { cause: error });
  }
  throw new Error("nothing was thrown");
}
