/**
 * dynalite, an implementation of DynamoDB that somebody else wrote, on a port of its own with the tally's table; and
 * faults in front of it, which break connections for real.
 *
 * ```ts
 * const tables = await useTables();
 * const { run } = await journey({ settings: tables.environment });
 * tables.fault((operation) => (operation === "PutItem" ? "drop-after" : undefined));
 * expect(tables.requests).toEqual(["GetItem", "PutItem"]);
 * ```
 */
import { createServer, Server, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type AttributeValue,
  type KeySchemaElement,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { onTestFinished } from "vitest";
import { lend } from "../emulator/lend.ts";

export type TableFault =
  /** The connection breaks before anything happened. */
  | "drop-before"
  /** It happens, and the answer is lost. */
  | "drop-after"
  /** Refused, and nothing happens: the exception's name and words, with 400 unless told. */
  | { readonly refuse: string; readonly message?: string; readonly status?: number }
  /** Nothing happens before this is settled. */
  | { readonly until: Promise<unknown> };

export type Item = Record<string, AttributeValue>;

export interface Tables {
  readonly url: string;
  /** The name of the table that is there from the start. */
  readonly table: string;
  /** What a run needs in order to find the table; in this process, the setting alone. */
  readonly environment: Readonly<Record<"TALLY" | "AWS_ENDPOINT_URL_DYNAMODB", string>>;
  /** The operations asked for, in the order of arrival. */
  readonly requests: readonly string[];
  /** The bodies of those that were carried out. */
  readonly bodies: readonly string[];
  /** Asked about each request from now on; takes the place of an earlier one. */
  readonly fault: (of: (operation: string) => TableFault | undefined) => void;
  readonly create: (table: string, keys: readonly KeySchemaElement[]) => Promise<void>;
  readonly item: (id: string) => Promise<Item | undefined>;
  /** Everything in the table. */
  readonly items: () => Promise<readonly Item[]>;
  readonly put: (item: Item) => Promise<void>;
}

const TABLE = "ssosync-tally";

/** To be called inside a test, with which it ends. */
export async function useTables(): Promise<Tables> {
  const inner = dynalite({ createTableMs: 0 });
  const requests: string[] = [];
  const bodies: string[] = [];
  let faultOf: (operation: string) => TableFault | undefined = () => undefined;
  const front = createServer((request, response) => {
    const operation = String(request.headers["x-amz-target"]).replace(/^.*\./, "");
    requests.push(operation);
    answer(inner, faultOf(operation), { request, response, heard: (body) => void bodies.push(body) });
  });
  const url = await listen(front);
  // Looks and prepares without being counted, or hit by faults.
  const client = new DynamoDBClient({ ...AWS, endpoint: await listen(inner) });
  onTestFinished(async () => {
    client.destroy();
    await Promise.all([close(front), close(inner)]);
  });
  // For runs in this process: the SDK looks there alone.
  onTestFinished(lend({ AWS_ENDPOINT_URL_DYNAMODB: url }));
  const create: Tables["create"] = async (table, keys) => {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        KeySchema: [...keys],
        AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: "S" })),
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    while (!(await isActive(client, table))) await sleep(5);
  };
  await create(TABLE, [{ AttributeName: "id", KeyType: "HASH" }]);
  return {
    url,
    table: TABLE,
    environment: { TALLY: TABLE, AWS_ENDPOINT_URL_DYNAMODB: url },
    requests,
    bodies,
    fault: (of) => void (faultOf = of),
    create,
    item: async (id) =>
      (await client.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: id } } }))).Item,
    items: async () => (await client.send(new ScanCommand({ TableName: TABLE }))).Items ?? [],
    put: async (item) => void (await client.send(new PutItemCommand({ TableName: TABLE, Item: item }))),
  };
}

async function isActive(client: DynamoDBClient, table: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table?.TableStatus === "ACTIVE";
}

const AWS = {
  region: "us-east-1",
  credentials: { accessKeyId: "AKIAEMULATOREXAMPLE0", secretAccessKey: "emulated" },
};

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Not by dynalite's own `close`, which takes the database away from what is still being answered. */
async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => Server.prototype.close.call(server, resolve));
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly heard: (body: string) => void;
}

function answer(inner: Server, fault: TableFault | undefined, { request, response, heard }: Exchange): void {
  if (fault === "drop-before") return void request.socket.destroy();
  if (fault === "drop-after") loseAnswer(response);
  if (typeof fault === "object" && "refuse" in fault) return refuse(response, fault);
  const first = typeof fault === "object" ? fault.until : Promise.resolve();
  void first.then(() => {
    let body = "";
    request.on("data", (piece) => (body += String(piece))).on("end", () => heard(body));
    inner.emit("request", request, response);
  });
}

function loseAnswer(response: ServerResponse): void {
  response.end = () => {
    response.socket?.destroy();
    return response;
  };
}

function refuse(
  response: ServerResponse,
  { refuse: name, message = "", status = 400 }: Extract<TableFault, { readonly refuse: string }>,
): void {
  const __type = `com.amazonaws.dynamodb.v20120810#${name}`;
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify({ __type, message }));
}
