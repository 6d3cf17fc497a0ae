/** What is larger or slower than any honest answer is refused by every client alike, and asked for once. */
import { describe, expect, test } from "vitest";
import { requestHandler } from "../../src/aws/request-handler.ts";
import { lookUp } from "../../src/aws/secrets.ts";
import { failure, here, scimAt, secretClientsAt, storeAt, readIdentityStore } from "../aws/stage.ts";
import type { RequestMatch } from "../emulator/faults.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { failureFrom, google } from "../google/setup.ts";

const BOUNDS = { mostBytes: 1_000_000, longestMs: 1_000 };
const large = { status: 200, body: { padding: "x".repeat(2_000_000) } };

const clients: Readonly<Record<string, RequestMatch>> = {
  "the Directory API": { operation: "users.list" },
  "the token endpoint": { service: "token" },
  "the SCIM endpoint": { operation: "ListUsers" },
  "the Identity Store": { operation: "ListUsers" },
  "Secrets Manager": { service: "secretsmanager" },
};

/** What each client says when its answers are treated so, and how often it asked. */
async function told(client: string, action: typeof large | "drip"): Promise<readonly [string, number]> {
  const when = clients[client] ?? {};
  const fault = { when, times: 99, do: action };
  if (client === "the Directory API" || client === "the token endpoint") {
    const company = await google("vendor");
    const handle = company.fault(fault);
    const { message } = await failureFrom(company.connect(BOUNDS).read());
    return [message, handle.hits];
  }
  const emulator = await useEmulator();
  const handle = emulator.fault(fault);
  const settings = { requestHandler: requestHandler(here(BOUNDS)) };
  if (client === "the SCIM endpoint") {
    const { message } = await failure(scimAt(emulator, { network: here(BOUNDS) }).read());
    return [message, handle.hits];
  }
  if (client === "the Identity Store") {
    const { client: store, id } = storeAt(emulator, settings);
    const { message } = await failure(readIdentityStore(store, id));
    return [message, handle.hits];
  }
  const source = { kind: "secret", id: "SSOSyncSCIMAccessToken", setting: "SCIM_ACCESS_TOKEN" } as const;
  const found = await lookUp(secretClientsAt(emulator, [], settings), [source]);
  return [JSON.stringify(found.get(source)), handle.hits];
}

describe.each(Object.keys(clients))("%s", (client) => {
  test("an answer that is too large", async () => {
    const [message, asked] = await told(client, large);
    expect(message).toMatch(/its answer is larger than 1 MB, which no honest answer is/);
    expect(asked).toBe(1);
  });

  test("an answer that drips", { tags: "long" }, async () => {
    const started = performance.now();
    const [message, asked] = await told(client, "drip");
    expect(message).toMatch(/its answer was not over after 1 s, which no honest answer takes/);
    expect(asked).toBe(1);
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});
