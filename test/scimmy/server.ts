/**
 * SCIMMY, an independent implementation of RFC 7643 and 7644, over a store in memory; and in front of it an adapter
 * for what AWS has and the standard has not: `cursor` in lists, and `members` for `members.value` in a filter.
 * Uniqueness is the store's own, as IAM Identity Center has it: names without case, external ids as they are.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

export interface StoredUser {
  readonly id: string;
  readonly userName: string;
  readonly externalId?: string;
  readonly displayName?: string;
  readonly active?: boolean;
  readonly name?: { readonly givenName?: string; readonly familyName?: string };
  readonly emails?: readonly { readonly value: string; readonly type?: string; readonly primary?: boolean }[];
}

export interface StoredGroup {
  readonly id: string;
  readonly displayName: string;
  readonly externalId?: string;
  readonly members?: readonly { readonly value: string }[];
}

export interface Store {
  readonly users: Map<string, StoredUser>;
  readonly groups: Map<string, StoredGroup>;
}

export interface ScimmyServer {
  readonly endpoint: string;
  readonly store: Store;
  /** Requests that are no GET, as `PATCH /Users 200`. */
  readonly writes: string[];
  readonly close: () => Promise<void>;
}

/** SCIMMY keeps its handlers in the process: one store at a time. */
export async function startScimmy(token: string): Promise<ScimmyServer> {
  const store: Store = { users: new Map(), groups: new Map() };
  declareUsers(store);
  declareGroups(store);
  const app = express();
  app.use("/scim/v2", keptQuery, routers(token));
  const writes: string[] = [];
  const inner = await listen(app);
  const outer = await listen((request, response) => {
    adapt(inner.url, request, response, writes).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  return {
    endpoint: `${outer.url}/tenant/scim/v2/`,
    store,
    writes,
    close: async () => {
      await outer.close();
      await inner.close();
    },
  };
}

/** express 5 reads the query anew at each look; SCIMMY's routers, made for express 4, write numbers into it. */
const keptQuery: express.Handler = (request, _response, next) => {
  Object.defineProperty(request, "query", { value: request.query });
  next();
};

const routers = (token: string): SCIMMYRouters =>
  new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
      if (request.header("authorization") === `Bearer ${token}`) return "ssosync";
      throw new Error("wrong token");
    },
  });

async function listen(
  listener: RequestListener,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// ---------------------------------------------------------------- the store

const same = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && one.toLowerCase() === other?.toLowerCase();

const duplicate = (): never => {
  throw new SCIMMY.Types.Error(409, "uniqueness", "Refused to create a new, duplicate resource.");
};
const missing = (): never => {
  throw new SCIMMY.Types.Error(404, "", "It does not exist.");
};

type Filtered = { readonly id?: string; readonly filter?: { match(list: object[]): object[] } };

function found<T extends object>(
  all: readonly T[],
  id: (one: T) => string,
  { id: wanted, filter }: Filtered,
): T[] {
  if (wanted !== undefined) return [all.find((one) => id(one) === wanted) ?? missing()];
  return filter === undefined ? [...all] : (filter.match([...all]) as T[]);
}

const plain = <T>(value: unknown): T => JSON.parse(JSON.stringify(value)) as T;

function declareUsers({ users, groups }: Store): void {
  const shown = (): object[] =>
    [...users.values()].map((user) => ({
      ...user,
      groups: [...groups.values()]
        .filter(({ members = [] }) => members.some(({ value }) => value === user.id))
        .map(({ id }) => ({ value: id })),
    }));
  SCIMMY.Resources.declare(SCIMMY.Resources.User, {
    ingress: (resource: Filtered, given: unknown) => {
      const { id = randomUUID(), ...user } = { ...plain<Omit<StoredUser, "id">>(given), id: resource.id };
      const others = [...users.values()].filter((one) => one.id !== id);
      const clash = (one: StoredUser): boolean =>
        same(one.userName, user.userName) ||
        (one.externalId !== undefined && one.externalId === user.externalId) ||
        same(one.emails?.[0]?.value, user.emails?.[0]?.value);
      if (others.some(clash)) duplicate();
      const made = { ...user, id };
      users.set(id, made);
      return made;
    },
    egress: (resource: Filtered) => found(shown() as StoredUser[], (one) => one.id, resource),
    degress: (resource: Filtered) => {
      if (!users.delete(resource.id ?? "")) missing();
      for (const [id, group] of groups) {
        groups.set(id, {
          ...group,
          members: (group.members ?? []).filter(({ value }) => value !== resource.id),
        });
      }
    },
  } as never);
}

function declareGroups({ users, groups }: Store): void {
  SCIMMY.Resources.declare(SCIMMY.Resources.Group, {
    ingress: (resource: Filtered, given: unknown) => {
      const { id = randomUUID(), ...group } = { ...plain<Omit<StoredGroup, "id">>(given), id: resource.id };
      const others = [...groups.values()].filter((one) => one.id !== id);
      const clash = (one: StoredGroup): boolean =>
        same(one.displayName, group.displayName) ||
        (one.externalId !== undefined && one.externalId === group.externalId);
      if (others.some(clash)) duplicate();
      const members = [...new Set((group.members ?? []).map(({ value }) => value))];
      if (members.some((value) => !users.has(value))) missing();
      const made = { ...group, id, members: members.map((value) => ({ value })) };
      groups.set(id, made);
      return made;
    },
    egress: (resource: Filtered) => found([...groups.values()], (one) => one.id, resource),
    degress: (resource: Filtered) => {
      if (!groups.delete(resource.id ?? "")) missing();
    },
  } as never);
}

// ---------------------------------------------------------------- the adapter

async function adapt(
  inner: string,
  request: IncomingMessage,
  response: ServerResponse,
  writes: string[],
): Promise<void> {
  const asked = new URL((request.url ?? "/").replace("/tenant", ""), inner);
  const cursor = asked.searchParams.get("cursor");
  const body = await text(request);
  const { method = "GET", headers } = request;
  const answer = await fetch(standard(asked, cursor), {
    method,
    headers: {
      authorization: headers.authorization ?? "",
      ...(body === "" ? {} : { "content-type": "application/scim+json" }),
    },
    ...(body === "" ? {} : { body }),
  });
  const sent = await answer.text();
  if (method !== "GET") writes.push(`${method} ${asked.pathname} ${answer.status}`);
  response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
  response.end(cursor === null || !answer.ok ? sent : withCursor(sent));
}

/** AWS may send fewer than it was asked for. */
const MOST = 30;

/** AWS's `cursor` is an index here. */
function standard(asked: URL, cursor: string | null): URL {
  const url = new URL(asked);
  if (cursor !== null) {
    url.searchParams.delete("cursor");
    url.searchParams.set("startIndex", cursor === "" ? "1" : cursor);
    url.searchParams.set("count", String(Math.min(MOST, Number(url.searchParams.get("count")))));
  }
  const filter = url.searchParams.get("filter");
  if (filter !== null) url.searchParams.set("filter", filter.replace("members eq", "members.value eq"));
  return url;
}

interface Page {
  readonly totalResults: number;
  readonly startIndex?: number;
  readonly Resources?: readonly unknown[];
}

function withCursor(sent: string): string {
  const page = JSON.parse(sent) as Page;
  const { totalResults, startIndex = 1, Resources = [], ...rest } = page;
  const next = startIndex + Resources.length;
  return JSON.stringify({
    ...rest,
    Resources,
    ...(next <= totalResults ? { nextCursor: String(next) } : {}),
  });
}
