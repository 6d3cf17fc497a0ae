/** EventBridge as far as messages need it (API reference, PutEvents), on a port of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { lend } from "./lend.ts";

export interface Sent {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  /** Parsed. */
  readonly Detail: Record<string, unknown>;
}

export interface Bus {
  /** What a process of its own needs in order to find it; this one does already. */
  readonly environment: Readonly<Record<"AWS_ENDPOINT_URL_EVENTBRIDGE", string>>;
  readonly sent: readonly Sent[];
  /** Refuses from now on: the exception's name, or the code of an entry that is not taken. */
  readonly refuse: (how: { readonly exception: string } | { readonly entry: string } | undefined) => void;
}

/** To be called inside a test, with which it ends. */
export async function useBus(): Promise<Bus> {
  const sent: Sent[] = [];
  let refusal: Parameters<Bus["refuse"]>[0];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { Entries } = JSON.parse(body) as { Entries: (Omit<Sent, "Detail"> & { Detail: string })[] };
      const answer = (status: number, value: object): void => {
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify(value));
      };
      if (refusal !== undefined && "exception" in refusal)
        return answer(400, { __type: refusal.exception, message: "no" });
      if (refusal !== undefined)
        return answer(200, {
          FailedEntryCount: 1,
          Entries: [{ ErrorCode: refusal.entry, ErrorMessage: "no" }],
        });
      for (const one of Entries) sent.push({ ...one, Detail: JSON.parse(one.Detail) as Sent["Detail"] });
      answer(200, { FailedEntryCount: 0, Entries: Entries.map((_, at) => ({ EventId: `event-${at}` })) });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const environment = { AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${port}` };
  onTestFinished(lend(environment));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { environment, sent, refuse: (how) => void (refusal = how) };
}
