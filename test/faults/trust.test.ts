/** What cannot be trusted, or cannot start: a sentence with cause and remedy, and nothing is written. */
import { expect, test } from "vitest";
import { createAws } from "../emulator/aws-directory.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { instanceOf } from "../emulator/identity-store.ts";
import { at } from "../emulator/fill.ts";
import type { Settings } from "../oracle/emulated.ts";
import { open, run } from "./stage.ts";
import { settledTeam, team } from "./team.ts";

/** The Identity Store that is read is another instance's than the SCIM endpoint's. */
function anotherStore({ identityStore }: Emulator): ReturnType<typeof createAws> {
  const other = createAws(() => new Date(), "other");
  identityStore.directory = other;
  identityStore.instances.splice(0, Infinity, instanceOf(other));
  return other;
}

interface Trouble {
  readonly what: string;
  readonly cause: (emulator: Emulator) => void;
  readonly settings?: Settings;
  /** Cause and next step. */
  readonly says: readonly RegExp[];
}

const key = (emulator: Emulator, change: object): void =>
  void emulator.secrets.set("SSOSyncGoogleCredentials", JSON.stringify({ ...emulator.key, ...change }));

const troubles: readonly Trouble[] = [
  {
    what: "an Identity Store of another instance that has users",
    cause: (emulator) => void anotherStore(emulator).addUser({ userName: at("elsewhere") }),
    says: [/different directory/, /nothing was written/, /IDENTITY_STORE_ID/],
  },
  {
    what: "an Identity Store of another instance that has a group only",
    cause: (emulator) => void anotherStore(emulator).addGroup({ displayName: "elsewhere" }),
    says: [/different directory/, /IDENTITY_STORE_ID/],
  },
  {
    what: "an empty Identity Store beside a SCIM directory that has users",
    cause: (emulator) => void anotherStore(emulator),
    says: [/different directory/, /IDENTITY_STORE_ID/],
  },
  {
    what: "a SCIM token of another tenant",
    cause: ({ secrets }) => void secrets.set("SSOSyncSCIMAccessToken", "scim-token-of-somebody-else"),
    says: [/401/, /SSOSyncSCIMAccessToken/],
  },
  {
    what: "an expired SCIM token",
    cause: ({ aws }) => aws.tokens.clear(),
    says: [/wrong or has expired/, /create a new token/],
  },
  {
    what: "an endpoint of another tenant",
    cause: ({ secrets, scimEndpoint }) =>
      void secrets.set("SSOSyncSCIMEndpointUrl", scimEndpoint.replace("1111", "2222")),
    says: [/401/, /SSOSyncSCIMEndpointUrl/],
  },
  {
    what: "a revoked Google key",
    cause: ({ google }) => void (google.policy.keyRevoked = true),
    says: [/key/i, /GOOGLE_CREDENTIALS/],
  },
  {
    what: "a deleted service account",
    cause: ({ google }) => void (google.policy.serviceAccount = "deleted"),
    says: [/service account/i],
  },
  {
    what: "no delegation",
    cause: ({ google }) => void (google.policy.delegatedScopes.length = 0),
    says: [/Domain-wide delegation/, /admin\.directory/],
  },
  {
    what: "the Admin SDK switched off",
    cause: ({ google }) => void (google.policy.apiEnabled = false),
    says: [/API is switched off/, /switch it on at/],
  },
  {
    what: "an administrator who is suspended",
    cause: ({ google }) => google.suspend(google.admin.primaryEmail),
    says: [/admin@example\.com/, /GOOGLE_ADMIN/],
  },
  {
    what: "an administrator who does not exist",
    cause: ({ secrets }) => void secrets.set("SSOSyncGoogleAdminEmail", at("nobody")),
    says: [/nobody@example\.com/, /GOOGLE_ADMIN/],
  },
  {
    what: "an administrator without the right",
    cause: ({ secrets }) => void secrets.set("SSOSyncGoogleAdminEmail", at("person01")),
    says: [/person01@example\.com/, /administrator|admin/i],
  },
  {
    what: "a group query that Google refuses",
    cause: () => undefined,
    settings: { GROUP_MATCH: "nonsense:aws-*" },
    says: [/GROUP_MATCH/, /nonsense/],
  },
  {
    what: "a user query that Google refuses",
    cause: () => undefined,
    settings: { USER_MATCH: "nonsense=1" },
    says: [/USER_MATCH/, /nonsense/],
  },
  ...["ListUsers", "ListGroups", "ListGroupMemberships"].map((action) => ({
    what: `no right to identitystore:${action}`,
    cause: ({ denied }: Emulator) => void denied.add(`identitystore:${action}`),
    says: [new RegExp(`identitystore:${action}`), /policy|allow|role/],
  })),
  {
    what: "no right to sso:ListInstances",
    cause: ({ denied }) => void denied.add("sso:ListInstances"),
    says: [/sso:ListInstances/, /IDENTITY_STORE_ID/],
  },
  {
    what: "no right to read the secrets",
    cause: ({ denied }) => void denied.add("secretsmanager:GetSecretValue"),
    says: [/secretsmanager:GetSecretValue/, /allow/],
  },
  {
    what: "a secret that does not exist",
    cause: ({ secrets }) => secrets.delete("SSOSyncSCIMAccessToken"),
    says: [/SSOSyncSCIMAccessToken/, /create/],
  },
  {
    what: "a key file that is none",
    cause: ({ secrets }) => void secrets.set("SSOSyncGoogleCredentials", "{}"),
    says: [/GOOGLE_CREDENTIALS|SSOSyncGoogleCredentials/],
  },
];

test.each(troubles)(
  "$what: the run stops before anything is written, with cause and remedy",
  async (trouble) => {
    const emulator = await open();
    settledTeam(emulator);
    // There is something to write, and something to take away.
    emulator.google.addUser({ email: at("newcomer") });
    emulator.google.addMember(at("aws-all"), at("newcomer"));
    emulator.google.removeMember(at("aws-all"), at("person01"));
    const before = emulator.aws.snapshot();
    trouble.cause(emulator);
    const { settings = {} } = trouble;
    const ended = await run(emulator, {}, { settings });
    expect(ended.status).toBe("failed");
    for (const word of trouble.says) expect(ended.message).toMatch(word);
    expect(ended.message).not.toMatch(/scim-token|BEGIN|ya29\./);
    expect(emulator.aws.snapshot()).toEqual(before);
  },
);

test("two empty directories that do not belong together: one object is made, and then the run stops", async () => {
  const emulator = await open();
  team(emulator);
  anotherStore(emulator);
  const ended = await run(emulator, {}, { remainingMs: 60_000 });
  expect(ended.status).toBe("failed");
  expect(ended.message).toMatch(/different directories.*IDENTITY_STORE_ID.*delete that user by hand/s);
  expect(emulator.aws.users.length + emulator.aws.groups.length).toBe(1);
  expect(emulator.writes()).toHaveLength(1);
});

const places: readonly (readonly [string, (emulator: Emulator) => Settings])[] = [
  [
    "a SCIM endpoint on somebody else's host",
    ({ secrets }) => {
      secrets.set(
        "SSOSyncSCIMEndpointUrl",
        "https://scim.us-east-1.amazonaws.com.evil.example/tenant/scim/v2",
      );
      return {};
    },
  ],
  [
    "a SCIM endpoint without TLS",
    ({ secrets }) => {
      secrets.set("SSOSyncSCIMEndpointUrl", "http://scim.us-east-1.amazonaws.com/tenant/scim/v2");
      return {};
    },
  ],
  [
    "a SCIM endpoint in somebody's bucket",
    ({ secrets }) => {
      secrets.set("SSOSyncSCIMEndpointUrl", "https://scim.s3.us-east-1.amazonaws.com/tenant/scim/v2");
      return {};
    },
  ],
  [
    "a token_uri on somebody else's host",
    (emulator) => {
      key(emulator, { token_uri: "https://oauth2.googleapis.com.evil.example/token" });
      return {};
    },
  ],
  [
    "a token_uri without TLS",
    (emulator) => {
      key(emulator, { token_uri: "http://oauth2.googleapis.com/token" });
      return {};
    },
  ],
  [
    "a token_uri where strangers' scripts run",
    (emulator) => {
      key(emulator, { token_uri: "https://script.google.com/macros/s/x/exec" });
      return {};
    },
  ],
  [
    "a Google root in somebody's bucket",
    () => ({ GOOGLE_ROOT_URL: "https://storage.googleapis.com/bucket/" }),
  ],
  [
    "a Google root on somebody else's host",
    () => ({ GOOGLE_ROOT_URL: "https://googleapis.com.evil.example/" }),
  ],
  [
    "an address with a password in it",
    () => ({ GOOGLE_ROOT_URL: "https://me:secret@admin.googleapis.com/" }),
  ],
];

test.each(places)("%s: nothing but the secrets is asked for, and no token leaves", async (_, arrange) => {
  const emulator = await open();
  settledTeam(emulator);
  const settings = arrange(emulator);
  const ended = await run(emulator, {}, { settings });
  expect(ended.status).toBe("failed");
  expect(ended.message).toMatch(/token_uri|SCIM_ENDPOINT|SSOSyncSCIMEndpointUrl|GOOGLE_ROOT_URL/);
  expect(ended.message).not.toMatch(/me:secret/);
  expect(emulator.requests.filter(({ service }) => service !== "secretsmanager")).toEqual([]);
});

test("an endpoint that sends the client elsewhere is not followed, so that no token gets there", async () => {
  const elsewhere = await open();
  const emulator = await open();
  settledTeam(emulator);
  emulator.google.removeMember(at("aws-all"), at("person01"));
  const location = `${elsewhere.url}/somewhere`;
  for (const service of ["scim", "google", "token"] as const) {
    const fault = emulator.fault({
      when: { service },
      times: Infinity,
      do: { status: 307, headers: { location }, body: "elsewhere" },
    });
    expect((await run(emulator)).status).toBe("failed");
    expect(fault.hits).toBeGreaterThan(0);
    fault.remove();
  }
  expect(elsewhere.requests).toEqual([]);
});
