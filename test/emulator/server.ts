/** The HTTP side: one port, recording, faults, rates and latency around the emulated services. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createFaults, type FaultAction, type Faults } from "./faults.ts";
import type { Bucket } from "./rate.ts";
import { parseBody, Refusal } from "./wire.ts";
import type { Answer, Call, RecordedRequest, Route, Router, Service } from "./wire.ts";

export interface Surroundings {
  /** 0 = any free one. */
  readonly port: number;
  readonly routers: readonly Router[];
  readonly latency: Partial<Record<Service, number>>;
  readonly buckets: Partial<Record<Service, Bucket>>;
  /** The service's own words for a status that a fault or a full bucket gives without a body. */
  readonly wordsFor: (service: Service, status: number) => Answer;
  readonly throttled: (service: Service) => Answer;
}

export interface Server {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** What was asked for that no router knows. */
  readonly unknown: string[];
  readonly faults: Faults;
  /** Called after each SCIM write took effect, before it is answered. */
  readonly onWrite: (listener: (request: RecordedRequest) => void) => void;
  /** How many connections are open. */
  readonly connections: () => Promise<number>;
  readonly close: () => Promise<void>;
}

type Sending = "whole" | "cut" | "truncate" | "stall" | "drip" | "drop";

export async function startServer(around: Surroundings): Promise<Server> {
  const requests: RecordedRequest[] = [];
  const unknown: string[] = [];
  const faults = createFaults();
  const listeners: ((request: RecordedRequest) => void)[] = [];
  const started = performance.now();

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = performance.now() - started;
    const call = await readCall(message);
    const route = findRoute(around.routers, call);
    const request = record(call, route, at);
    requests.push(request);
    if (request.service === "unknown") unknown.push(request.operation);
    const [answer, sending] = await settle(request, route);
    request.status = sending === "drop" ? 0 : answer.status;
    request.ms = performance.now() - started - at;
    send(response, answer, sending);
  };

  const settle = async (request: RecordedRequest, route: Route): Promise<[Answer, Sending]> => {
    await sleep(around.latency[request.service] ?? 0);
    const action = faults.claim(request);
    const early = await beforeEffect(action, request, around);
    if (early !== undefined) return early;
    if (around.buckets[request.service]?.() === false) return [around.throttled(request.service), "whole"];
    const answer = run(route);
    if (isWrite(request) && answer.status < 300) listeners.forEach((listener) => listener(request));
    return afterEffect(action, request, answer);
  };

  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" }).end(`the emulator broke: ${String(error)}`);
    });
  });
  // A client that thinks for a while must not meet a connection that is just being closed.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(around.port, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    unknown,
    faults,
    onWrite: (listener) => void listeners.push(listener),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, open) => (error === null ? resolve(open) : reject(error)));
      }),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

export const isWrite = (request: RecordedRequest): boolean =>
  request.service === "scim" && request.method !== "GET";

async function readCall(message: IncomingMessage): Promise<Call> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const target = message.url ?? "/";
  const [path = "/", ...rest] = target.split("?");
  const rawQuery = rest.join("?");
  return {
    method: message.method ?? "GET",
    path,
    segments: path
      .split("/")
      .filter((part) => part !== "")
      .map((part) => decodeURIComponent(part)),
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
    ),
    text: Buffer.concat(parts).toString("utf8"),
  };
}

function findRoute(routers: readonly Router[], call: Call): Route {
  for (const router of routers) {
    const route = router(call);
    if (route !== undefined) return route;
  }
  const operation = call.headers["x-amz-target"] ?? `${call.method} ${call.path}`;
  const body = { error: `the emulator does not know ${operation}` };
  return { service: "unknown", operation, answer: () => ({ status: 501, body }) };
}

const record = (call: Call, route: Route, at: number): RecordedRequest => ({
  service: route.service,
  operation: route.operation,
  method: call.method,
  path: call.path,
  query: Object.fromEntries(call.query),
  headers: call.headers,
  body: parseBody(call.text, call.headers["content-type"] ?? ""),
  at,
  status: 0,
  ms: 0,
});

function run(route: Route): Answer {
  try {
    return route.answer();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

async function beforeEffect(
  action: FaultAction | undefined,
  request: RecordedRequest,
  around: Surroundings,
): Promise<[Answer, Sending] | undefined> {
  if (action === "drop-before") return [{ status: 0 }, "drop"];
  if (typeof action !== "object") return undefined;
  if ("delay" in action) {
    await sleep(action.delay);
    return undefined;
  }
  if ("until" in action) {
    await action.until;
    return undefined;
  }
  if (action.body !== undefined) return [action, "whole"];
  const natural = around.wordsFor(request.service, action.status);
  return [{ ...natural, ...action, headers: { ...natural.headers, ...action.headers } }, "whole"];
}

function afterEffect(
  action: FaultAction | undefined,
  request: RecordedRequest,
  answer: Answer,
): [Answer, Sending] {
  if (action === "drop-after") return [answer, "drop"];
  if (action === "cut" || action === "truncate" || action === "stall" || action === "drip")
    return [answer, action];
  if (typeof action === "function") return [action(request, answer), "whole"];
  return [answer, "whole"];
}

function send(response: ServerResponse, answer: Answer, sending: Sending): void {
  if (sending === "drop") return void response.socket?.destroy();
  const isText = typeof answer.body === "string";
  const text = isText
    ? (answer.body as string)
    : answer.body === undefined
      ? ""
      : JSON.stringify(answer.body);
  const whole = Buffer.from(text, "utf8");
  const sent = sending === "whole" ? whole : whole.subarray(0, Math.floor(whole.length / 2));
  if (sending === "drip") return drip(response, answer.status, sent);
  const length = sending === "truncate" ? sent.length : whole.length;
  const type = isText ? "text/plain; charset=UTF-8" : "application/json; charset=UTF-8";
  const headers = {
    ...(text === "" ? {} : { "content-type": type }),
    ...(answer.status === 204 ? {} : { "content-length": String(length) }),
    ...answer.headers,
  };
  response.writeHead(answer.status, headers);
  if (sending === "cut") return void response.write(sent, () => response.socket?.destroy());
  if (sending === "stall") return void response.write(sent);
  response.end(sent);
}

function drip(response: ServerResponse, status: number, begun: Buffer): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).write(begun);
  const drops = setInterval(() => void response.write(" "), 50);
  response.on("close", () => clearInterval(drops));
}
