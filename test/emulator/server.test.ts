/** Faults, rates, recording and what stands around the emulated services. */
import { expect, test } from "vitest";
import { askAws, askGoogle, askScim } from "./ask.ts";
import { startEmulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const person = (name: string) => ({
  userName: `${name}@example.com`,
  name: { givenName: name, familyName: "Example" },
  displayName: name,
});

test("an unknown route is answered 501, and makes verify throw", async () => {
  const emulator = await startEmulator();
  expect((await fetch(`${emulator.url}/somewhere`)).status).toBe(501);
  expect((await askAws(emulator, "AWSIdentityStore.CreateUser", {})).status).toBe(501);
  await emulator.close();
  expect(() => emulator.verify()).toThrow("GET /somewhere, AWSIdentityStore.CreateUser");
});

test("every request is recorded in order, with its body and its answer", async () => {
  const emulator = await useEmulator();
  await askGoogle(emulator, "users?customer=my_customer&maxResults=2");
  await askScim(emulator, "POST", "Users", person("ada"));
  await askScim(emulator, "POST", "Users", person("ada"));
  const seen = emulator.requests.map(({ service, operation, status }) => [service, operation, status]);
  expect(seen).toEqual([
    ["token", "token", 200],
    ["google", "users.list", 200],
    ["scim", "CreateUser", 201],
    ["scim", "CreateUser", 409],
  ]);
  expect(emulator.requests[1]?.query).toEqual({ customer: "my_customer", maxResults: "2" });
  expect(emulator.requests[2]?.body).toEqual(person("ada"));
  expect(emulator.count({ operation: "CreateUser" })).toBe(2);
  expect(emulator.count({ service: "scim", status: 409 })).toBe(1);
  expect(emulator.count((request) => request.method === "POST")).toBe(3);
  expect(emulator.writes()).toHaveLength(2);
});

test("an injected status comes in the service's own words, as often as asked for", async () => {
  const emulator = await useEmulator();
  const when = { service: "scim", operation: "CreateUser", nth: 2 } as const;
  const fault = emulator.fault({ when, do: { status: 429, headers: { "retry-after": "7" } } });
  const send = (name: string) => askScim(emulator, "POST", "Users", person(name));
  expect((await send("ada")).status).toBe(201);
  const second = await send("bob");
  expect([second.status, second.headers.get("retry-after")]).toEqual([429, "7"]);
  expect(second.body["schemas"]).toEqual(["urn:ietf:params:scim:api:messages:2.0:Error"]);
  expect((await send("bob")).status).toBe(201);
  expect(fault.hits).toBe(1);
});

test("a request that is dropped has no effect; one whose answer is dropped has", async () => {
  const emulator = await useEmulator();
  const when = { operation: "CreateUser" };
  emulator.fault({ when, do: "drop-before" });
  await expect(askScim(emulator, "POST", "Users", person("ada"))).rejects.toThrow();
  expect(emulator.aws.findUser("ada@example.com")).toBeUndefined();
  emulator.fault({ when, do: "drop-after" });
  await expect(askScim(emulator, "POST", "Users", person("ada"))).rejects.toThrow();
  expect(emulator.aws.findUser("ada@example.com")).toBeDefined();
  expect(emulator.count({ operation: "CreateUser", status: 0 })).toBe(2);
});

test("a cut answer breaks the connection, a truncated one is complete HTTP with half the JSON", async () => {
  const emulator = await useEmulator();
  const when = { operation: "users.list" };
  emulator.fault({ when, do: "cut" });
  await expect(askGoogle(emulator, "users?customer=my_customer")).rejects.toThrow();
  emulator.fault({ when, do: "truncate" });
  await expect(askGoogle(emulator, "users?customer=my_customer")).rejects.toThrow(SyntaxError);
});

test("a fault can delay an answer, alter it, and be removed", async () => {
  const emulator = await useEmulator();
  const when = (request: { path: string }) => request.path.endsWith("/Users");
  emulator.fault({ when, do: { delay: 80 } });
  const start = performance.now();
  expect((await askScim(emulator, "GET", "Users?cursor")).status).toBe(200);
  expect(performance.now() - start).toBeGreaterThan(70);
  const alter = emulator.fault({
    when,
    times: Infinity,
    do: (_, answer) => ({ ...answer, body: { ...(answer.body as object), odd: true } }),
  });
  expect((await askScim(emulator, "GET", "Users?cursor")).body["odd"]).toBe(true);
  alter.remove();
  expect((await askScim(emulator, "GET", "Users?cursor")).body["odd"]).toBeUndefined();
});

test("too fast is 429 from SCIM, a ThrottlingException from the Identity Store, a quota 403 from Google", async () => {
  const slow = { perSecond: 0.01, burst: 1 };
  const emulator = await useEmulator({ rate: { scim: slow, identityStore: slow, google: slow } });
  emulator.aws.policy.retryAfter = 2;
  const { identityStoreId } = emulator.aws;
  const all = () =>
    Promise.all([
      askScim(emulator, "GET", "Users?cursor"),
      askAws(emulator, "AWSIdentityStore.ListUsers", { IdentityStoreId: identityStoreId }),
      askGoogle(emulator, "users?customer=my_customer"),
    ]);
  expect((await all()).map(({ status }) => status)).toEqual([200, 200, 200]);
  const [scim, store, google] = await all();
  expect([scim.status, scim.headers.get("retry-after")]).toEqual([429, "2"]);
  expect([store.status, store.body["__type"]]).toEqual([400, "ThrottlingException"]);
  expect(google.body["error"]).toMatchObject({ code: 403, errors: [{ reason: "quotaExceeded" }] });
});

test("each service has a latency of its own", async () => {
  const emulator = await useEmulator({ latency: { scim: 60 } });
  await askScim(emulator, "GET", "Users?cursor");
  expect(emulator.requests[0]?.ms).toBeGreaterThan(50);
});

test("a listener sees the state after each write, and what it throws fails verify", async () => {
  const emulator = await startEmulator();
  const seen: number[] = [];
  emulator.onWrite(() => void seen.push(emulator.aws.users.length));
  emulator.onWrite(() => {
    if (emulator.aws.users.length > 1) throw new Error("too many users");
  });
  await askScim(emulator, "POST", "Users", person("ada"));
  await askScim(emulator, "GET", "Users?cursor");
  await askScim(emulator, "POST", "Users", person("ada"));
  expect(seen).toEqual([1]);
  expect(() => emulator.verify()).not.toThrow();
  await askScim(emulator, "POST", "Users", person("bob"));
  await emulator.close();
  expect(() => emulator.verify()).toThrow("too many users");
});

test("a snapshot tells objects from equal ones made later, unless ids are left out", async () => {
  const emulator = await useEmulator();
  const { aws } = emulator;
  aws.addUser({ userName: "ada@example.com" });
  const [before, plain] = [aws.snapshot(), aws.snapshot({ ids: false })];
  aws.deleteUser("ada@example.com");
  aws.addUser({ userName: "ada@example.com" });
  expect(aws.snapshot()).not.toEqual(before);
  expect(aws.snapshot({ ids: false })).toEqual(plain);
});

test("the environment names every endpoint, and an override can take one out", async () => {
  const emulator = await useEmulator();
  const env = emulator.environment({ GROUP_MATCH: "name:aws*", AWS_ENDPOINT_URL_SSM: undefined });
  expect(env["GOOGLE_ROOT_URL"]).toBe(`${emulator.url}/`);
  expect(env["GROUP_MATCH"]).toBe("name:aws*");
  expect(env).not.toHaveProperty("AWS_ENDPOINT_URL_SSM");
});
