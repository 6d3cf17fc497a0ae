/** A certificate that nobody has vouched for, as a proxy that opens TLS shows one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { failure, scimAt, storeAt, readIdentityStore } from "../aws/stage.ts";
import { selfSigned } from "../emulator/certificate.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { failureFrom, google } from "../google/setup.ts";
import { journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

/** TLS in front of an emulator: its address, and the file that vouches for it. */
async function opened({ url }: Pick<Emulator, "url">) {
  const certificate = selfSigned();
  const server = createServer(certificate, (socket) => {
    const target = connect(Number(new URL(url).port), "127.0.0.1");
    for (const [one, other] of [[socket, target] as const, [target, socket] as const])
      one.on("error", () => other.destroy()).pipe(other);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "authority-"));
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, certificate.cert);
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, authority };
}

const HINT = /certificate .*not (?:trusted|accepted).*\(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/;

test("Google's, the SCIM endpoint's and the Identity Store's is told with where to name its authority", async () => {
  const emulator = await useEmulator();
  const { url } = await opened(emulator);
  const here = await google();
  expect((await failureFrom(here.connect({ rootUrl: `${url}/` }).read())).message).toMatch(HINT);
  expect((await failureFrom(here.connect({ tokenUri: `${url}/token` }).read())).message).toMatch(HINT);
  const endpoint = `${url}/tenant/scim/v2`;
  expect((await failure(scimAt(emulator, { endpoint, attempts: 1 }).read())).message).toMatch(HINT);
  const { client, id } = storeAt(emulator, { endpoint: url, maxAttempts: 1 });
  expect((await failure(readIdentityStore(client, id))).message).toMatch(HINT);
});

test("whoever is named in NODE_EXTRA_CA_CERTS is believed by every client", { tags: "long" }, async () => {
  const j = await journey();
  const { url, authority } = await opened(j.emulator);
  const { secrets, key, scimEndpoint } = j.emulator;
  const secure = (text: string): string => text.replaceAll(j.emulator.url, url);
  secrets.set("SSOSyncGoogleCredentials", secure(JSON.stringify(key)));
  secrets.set("SSOSyncSCIMEndpointUrl", secure(scimEndpoint));
  const addresses = Object.entries(j.emulator.environment()).map(([name, text]) => [name, secure(text)]);
  const environment = Object.fromEntries(addresses) as Record<string, string>;
  const stranger = await lambda(j, environment).invoke({});
  expect(stranger.error?.message).toMatch(HINT);
  expect(j.emulator.requests).toEqual([]);
  const trusting = lambda(j, { ...environment, NODE_EXTRA_CA_CERTS: authority }, "cold");
  const known = await trusting.invoke({});
  expect(known.result?.status).toBe("succeeded");
  expect(j.aws.users).toHaveLength(10);
});
