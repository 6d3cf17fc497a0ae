/** The doctor and the ways without a key, or without an administrator: each hop by itself, in order. */
import { describe, expect, it } from "vitest";
import type { DoctorReport } from "../../src/doctor/report.ts";
import { at } from "../emulator/fill.ts";
import { way, WAYS } from "../emulator/ways.ts";
import type { Way } from "../emulator/ways.ts";
import { clinic, errors, finding, levels, trouble } from "./clinic.ts";
import type { Clinic } from "./clinic.ts";

const HOPS = ["google.aws", "google.exchange", "google.account"];

const examined = async (
  { emulator, examine }: Clinic,
  name: Way,
  break_: (emulator: Clinic["emulator"]) => void = () => {},
  more: Record<string, string> = {},
): Promise<DoctorReport> => {
  const settings = way(emulator, name);
  break_(emulator);
  return examine({ ...settings, ...more });
};

const idsOf = ({ findings }: DoctorReport): readonly string[] => findings.map(({ id }) => id);

describe("what is in order", () => {
  it.each(WAYS)("is everything, with %s", async (name) => {
    const report = await examined(await clinic(), name);
    expect(trouble(report)).toEqual([]);
    const ids = idsOf(report);
    const isKeyless = name.endsWith("no key");
    const isOwn = name.startsWith("a role");
    expect(ids.includes("google.key")).toBe(!isKeyless);
    for (const id of HOPS) expect(ids.includes(id), id).toBe(isKeyless);
    for (const id of ["google.delegation", "google.admin", "google.scope.user", "google.role"])
      expect(ids.includes(id), id).toBe(!isOwn);
    expect(ids.includes("google.reach")).toBe(isOwn);
  });
});

describe("the first hop that is not in order is the one error, and nothing after it is checked", () => {
  type Break = Parameters<typeof examined>[2];
  const KEYLESS = "delegation and no key";
  const OWN = "a role of its own and no key";
  const cases: readonly (readonly [what: string, name: Way, broken: Break, id: string, says: string])[] = [
    [
      "the attribute condition",
      KEYLESS,
      ({ caller }) => void (caller.role = "another"),
      "google.exchange",
      "Compare its attribute condition",
    ],
    [
      "the mapping of google.subject",
      KEYLESS,
      ({ google, caller }) => {
        google.federation.subject = "arn";
        caller.role = google.federation.onlyRole = "r".repeat(60);
        caller.session = "s".repeat(60);
      },
      "google.exchange",
      "Map google.subject to assertion.arn.extract('assumed-role/{role}/')",
    ],
    [
      "the audience",
      OWN,
      ({ google }) => void (google.federation.enabled = false),
      "google.exchange",
      "Check that both exist and are enabled",
    ],
    [
      "the right to sign",
      KEYLESS,
      ({ google }) => void google.federation.roles.delete("roles/iam.serviceAccountTokenCreator"),
      "google.account",
      "roles/iam.serviceAccountTokenCreator on the service account ssosync@ssosync-example.iam",
    ],
    [
      "the right to be the service account",
      OWN,
      ({ google }) => google.federation.roles.clear(),
      "google.account",
      "roles/iam.workloadIdentityUser on the service account ssosync@ssosync-example.iam",
    ],
    [
      "the API of the service account",
      KEYLESS,
      ({ google }) => void google.federation.off.add("iamcredentials.googleapis.com"),
      "google.account",
      "library/iamcredentials.googleapis.com",
    ],
    [
      "an exchange that nobody answers",
      KEYLESS,
      (emulator) =>
        void emulator.fault({ when: { operation: "exchange" }, times: Infinity, do: "drop-before" }),
      "google.exchange",
      "Run again",
    ],
    [
      "the delegation",
      KEYLESS,
      ({ google }) => void (google.policy.delegatedScopes = []),
      "google.delegation",
      "Domain-wide delegation",
    ],
    [
      "the administrator",
      KEYLESS,
      ({ google }) => google.suspend("admin@example.com"),
      "google.admin",
      "Set GOOGLE_ADMIN",
    ],
    [
      "the Admin SDK API",
      OWN,
      ({ google }) => void (google.policy.apiEnabled = false),
      "google.api",
      "library/admin.googleapis.com",
    ],
  ];

  it.each(cases)("%s", async (_, name, broken, id, says) => {
    const report = await examined(await clinic(), name, broken);
    expect(errors(report)).toEqual([id]);
    expect(finding(report, id).todo).toContain(says);
    const chain = [...HOPS, "google.delegation", "google.api"].filter((one) => idsOf(report).includes(one));
    const position = chain.indexOf(id === "google.admin" ? "google.delegation" : id);
    expect(levels(report, ...chain.slice(0, Math.max(0, position)))).toEqual(
      Array(Math.max(0, position)).fill("ok"),
    );
    expect(finding(report, "google.reading")).toMatchObject({ level: "not-checked", waitsFor: id });
  });

  it("AWS credentials that are not there", async () => {
    const { emulator, examine } = await clinic();
    const report = await examine({
      ...way(emulator, KEYLESS),
      ...{ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "", HOME: "/nowhere" },
      ...{ GOOGLE_ADMIN: "admin@example.com", AWS_READ: "scim" },
    });
    expect(finding(report, "google.aws").why).toContain("There are no AWS credentials");
    expect(finding(report, "google.exchange").waitsFor).toBe("google.aws");
    expect(finding(report, "google.delegation").waitsFor).toBe("google.aws");
  });
});

describe("a service account that acts as itself", () => {
  it("is told which of the two reads its role lacks", async () => {
    const report = await examined(await clinic(), "a role of its own and a key", ({ google }) => {
      google.policy.ownRole = { users: false, groups: true };
    });
    expect(errors(report)).toEqual(["google.users"]);
    expect(finding(report, "google.users").todo).toContain(
      "Assign the service account a role with Users › Read",
    );
    expect(levels(report, "google.key", "google.api", "google.groups")).toEqual(["ok", "ok", "ok"]);
  });

  it("without a customer is told where to find it, before Google is asked", async () => {
    const { emulator, examine } = await clinic();
    const report = await examine({
      ...way(emulator, "a role of its own and no key"),
      CUSTOMER_ID: "my_customer",
    });
    expect(errors(report)).toEqual(["google.customer"]);
    expect(finding(report, "google.customer").todo).toContain("Account › Account settings");
    expect(finding(report, "google.api").waitsFor).toBe("google.customer");
    expect(emulator.count({ service: "google" })).toBe(0);
  });

  it("whose role is for one organizational unit is found out by people in groups whom no listing has", async () => {
    const report = await examined(await clinic(), "a role of its own and a key", ({ google }) => {
      for (const { id } of google.users) google.moveTo(id, "/Staff");
      google.moveTo(at("ada"), "/Partners");
      google.policy.ownRole = { users: true, groups: true, orgUnit: "/Staff" };
    });
    expect(trouble(report)).toContain("warning google.reach");
    expect(finding(report, "google.reach").why).toContain("1 person (ada@example.com)");
    expect(finding(report, "google.reach").todo).toContain("instead of one organizational unit");
  });

  it("whose role leaves out a group is found out by the group that nests it", async () => {
    const report = await examined(await clinic(), "a role of its own and a key", ({ google }) => {
      google.addGroup({ email: at("security") });
      google.addMember(at("aws-admins"), at("security"));
      google.policy.ownRole = { users: true, groups: true, butGroups: [at("security")] };
    });
    expect(finding(report, "google.reach").why).toContain("1 group (security@example.com)");
  });

  it("with a guest of another company in a group has a role that reaches everybody", async () => {
    const report = await examined(await clinic(), "a role of its own and a key", ({ google }) => {
      google.addMember(at("aws-admins"), "guest@elsewhere.example");
    });
    expect(finding(report, "google.reach").level).toBe("ok");
  });
});
