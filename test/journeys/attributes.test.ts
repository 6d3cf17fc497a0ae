/** @module-tag search */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, mirror } from "../emulator/fill.ts";
import { explainText } from "../../src/run/explain.ts";
import { answer } from "../../src/run/run.ts";
import { enterpriseUser as ENTERPRISE } from "../emulator/scim-shapes.ts";
import { age } from "./company.ts";
import { journey, outcomesOf, plannedOf, type Journey } from "./journey.ts";
import { search } from "../search.ts";

/** What AWS has of somebody beside what everybody has, but for an extension without anything in it. */
function extraOf(j: Journey, name: string): Readonly<Record<string, unknown>> {
  const { [ENTERPRISE]: more = {}, ...extra } = j.aws.user(at(name)).extra;
  return { ...extra, ...(Object.keys(more as object).length === 0 ? {} : { [ENTERPRISE]: more }) };
}

const parts = { streetAddress: "1 Main St", locality: "Berlin", postalCode: "10115" };
const analyst = {
  organizations: [
    { title: "Analyst", department: "R&D", costCenter: "4130", name: "Universal", primary: true },
  ],
  externalIds: [{ value: "17", type: "organization" }],
  phones: [{ value: "+1 555", type: "work" }],
  addresses: [{ type: "work", ...parts, formatted: "1 Main St, Berlin", countryCode: "DE" }],
  languages: [{ languageCode: "en-GB", preference: "preferred" }],
};

describe("attributes", () => {
  test("come with a new user, and to one who is there, each to its place, in one request", async () => {
    const list =
      "title,department,costCenter,organization,employeeNumber,phoneNumber,address,preferredLanguage";
    const j = await journey({
      settings: { ATTRIBUTES: `${list},userType="employee",division=HR.unit` },
      also: (google) => google.describe(at("ada"), { ...analyst, customSchemas: { HR: { unit: "North" } } }),
    });
    await j.sync();
    const wanted = {
      title: "Analyst",
      userType: "employee",
      preferredLanguage: "en-GB",
      phoneNumbers: [{ value: "+1 555", type: "work" }],
      addresses: [{ type: "work", ...parts, formatted: "1 Main St, Berlin" }],
      [ENTERPRISE]: {
        ...{ department: "R&D", costCenter: "4130", organization: "Universal", employeeNumber: "17" },
        division: "North",
      },
    };
    expect(extraOf(j, "ada")).toEqual(wanted);
    expect(extraOf(j, "otto")).toEqual({ userType: "employee" });
    await j.settle();
    j.google.describe(at("otto"), { ...analyst, customSchemas: { HR: { unit: "North" } } });
    await j.sync();
    expect(extraOf(j, "otto")).toEqual(wanted);
    expect(j.writes()).toHaveLength(1);
    await j.settle();
  });

  test("with nothing but their row come, change, and go", async () => {
    const j = await journey({ settings: { ATTRIBUTES: "timezone=HR.zone" } });
    for (const zone of ["Europe/Berlin", "Asia/Tokyo", undefined]) {
      j.google.describe(at("ada"), { customSchemas: { HR: { zone } } });
      await j.sync();
      expect(extraOf(j, "ada")).toEqual(zone === undefined ? {} : { timezone: zone });
      await j.settle();
    }
  });

  test.each(["identitystore", "scim", "both"])(
    "are read with AWS_READ=%s, so that the next run is quiet",
    async (how) => {
      const j = await journey({
        settings: { ATTRIBUTES: "department,title,manager,address", AWS_READ: how },
        also: (google) => {
          for (const name of ["ada", "otto"])
            google.describe(at(name), { ...analyst, relations: [{ type: "manager", value: at("grace") }] });
        },
      });
      await j.sync();
      await j.settle();
    },
  );

  test("that Google no longer has are removed, those that are not in the list are never touched", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "title,department" },
      also: (google) => google.describe(at("ada"), analyst),
    });
    await j.sync();
    const own = { nickName: "Babs", [ENTERPRISE]: { department: "R&D", division: "by hand" } };
    Object.assign(j.aws.user(at("ada")).extra, own);
    j.google.describe(at("ada"), { organizations: [] });
    await j.sync();
    expect(extraOf(j, "ada")).toEqual({ nickName: "Babs", [ENTERPRISE]: { division: "by hand" } });
    await j.settle();
  });

  test("are asked of Google and of Identity Store only where they are listed, and cost a quiet run no request", async () => {
    const asked = async (settings: Readonly<Record<string, string>>) => {
      const j = await journey({ settings, emulator: {} });
      await j.sync();
      await j.sync();
      const extension = j.emulator.requests.filter(
        ({ operation, body }) => operation === "ListUsers" && "Extensions" in (body as object),
      );
      const masks = j.emulator.requests.filter(
        ({ operation, query }) => operation === "users.list" && /organiz|custom/.test(query["fields"] ?? ""),
      );
      return { all: j.emulator.requests.length, extension: extension.length > 0, masks: masks.length > 0 };
    };
    const none = await asked({});
    expect(none).toMatchObject({ extension: false, masks: false });
    expect(await asked({ ATTRIBUTES: "title" })).toEqual({ all: none.all, extension: false, masks: true });
    expect(await asked({ ATTRIBUTES: "department" })).toEqual({
      all: none.all,
      extension: true,
      masks: true,
    });
  });

  test("that AWS refuses cost themselves alone, of somebody new and of somebody who is there", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "title,department,phoneNumber" },
      also: (google, aws) => {
        google.describe(at("ada"), analyst);
        aws.policy.takes = (path) => path !== "phoneNumbers";
      },
    });
    const first = await j.run();
    expect(first).toMatchObject({ status: "attention", failed: { "user.update": 1 } });
    const kept = { title: "Analyst", [ENTERPRISE]: { department: "R&D" } };
    expect(extraOf(j, "ada")).toEqual(kept);
    expect(j.aws.membersOf("aws-admins")).toContain(at("ada"));
    j.google.describe(at("otto"), analyst);
    await j.run();
    expect(extraOf(j, "otto")).toEqual(kept);
    // Two who are refused the same: it is asked once.
    await j.run();
    expect(j.writes().length).toBeLessThanOrEqual(2);
    const codes = j.outcomes.map(({ reason }) => reason?.code);
    expect(new Set(codes)).toEqual(
      new Set(["detail-refused", "refused-before"]).intersection(new Set(codes)),
    );
  });

  test("whose removal AWS does not understand stay, which it is asked once a run", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "title,userType=HR.kind" },
      also: (google, aws) => {
        for (const { primaryEmail } of google.users) google.describe(primaryEmail, analyst);
        aws.policy.takes = (path, value) => path !== "title" || value !== undefined;
      },
    });
    await j.sync();
    for (const { primaryEmail } of j.google.users) {
      j.google.describe(primaryEmail, { organizations: [], customSchemas: { HR: { kind: "staff" } } });
    }
    expect(await j.run()).toMatchObject({ status: "attention", failed: { "user.update": 1 } });
    expect(extraOf(j, "ada")).toEqual({ title: "Analyst", userType: "staff" });
    await j.run();
    expect(j.writes()).toHaveLength(1);
    expect(outcomesOf(j, "failed")).toHaveLength(1);
  });
});

describe("what cannot be known", () => {
  test("of a custom schema that Google no longer has keeps no leaver in and stops nothing else; it stays, and the run says so", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "title,employeeNumber=HR.number" },
      also: (google) => {
        google.policy.unknownSchema = "refuse";
        google.describe(at("ada"), { ...analyst, customSchemas: { HR: { number: "7" } } });
      },
    });
    await j.sync();
    j.google.describe(at("ada"), { organizations: [{ title: "Boss" }], customSchemas: {} });
    j.google.suspend(at("otto"));
    j.google.addMember(at("aws-admins"), at("kim"));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { unread: 1 } });
    expect(summary.message).toMatch(/custom schemas HR .*ATTRIBUTES and USER_NAME/);
    expect(j.aws.user(at("otto")).active).toBe(false);
    expect(j.aws.membersOf("aws-admins")).toContain(at("kim"));
    expect(extraOf(j, "ada")).toEqual({ title: "Boss", [ENTERPRISE]: { employeeNumber: "7" } });
    await j.quiet();
  });

  test("of one part of an address is no removal", async () => {
    const address = { type: "work", ...parts, formatted: "1 Main St, Berlin" };
    const j = await journey({
      settings: { ATTRIBUTES: "address" },
      also: (google) => google.describe(at("ada"), { addresses: [address] }),
    });
    await j.sync();
    const before = extraOf(j, "ada");
    j.google.describe(at("ada"), { addresses: [{ ...address, locality: { odd: true } }] });
    await j.quiet();
    expect(extraOf(j, "ada")).toEqual(before);
  });

  test.each([[403], [409], [500]])(
    "of a refusal with %i of somebody new who has attributes keeps nobody out",
    async (status) => {
      const j = await journey({
        settings: { ATTRIBUTES: "title" },
        also: (google) => google.describe(at("ada"), analyst),
      });
      j.emulator.fault({
        when: ({ service, method, body }) =>
          service === "scim" && method !== "GET" && JSON.stringify(body ?? "").includes("Analyst"),
        times: Infinity,
        do: { status, body: { detail: "no" } },
      });
      expect(await j.run()).toMatchObject({ status: "attention", failed: { "user.update": 1 } });
      expect(j.aws.membersOf("aws-admins")).toContain(at("ada"));
    },
  );
});

describe("whatever is listed, is in Google, and is refused", () => {
  const SIMPLE = ["title", "userType", "nickName", "preferredLanguage", "locale"] as const;
  const EXTENDED = ["department", "costCenter", "organization", "division", "employeeNumber"] as const;
  const NAMES = [...SIMPLE, ...EXTENDED, "phoneNumber"] as const;
  type Name = (typeof NAMES)[number];
  const PEOPLE = ["ada", "grace", "otto"];
  const isSimple = (name: Name): boolean => SIMPLE.some((one) => one === name);
  const pathOf = (name: Name): string => {
    if (name === "phoneNumber") return "phoneNumbers";
    return isSimple(name) ? name : `${ENTERPRISE}:${name}`;
  };
  const valueOf = (j: Journey, person: string, name: Name): string => {
    const extra = extraOf(j, person);
    if (name === "phoneNumber")
      return (extra["phoneNumbers"] as { value: string }[] | undefined)?.[0]?.value ?? "";
    const from = isSimple(name) ? extra : extra[ENTERPRISE];
    return ((from ?? {}) as Record<string, string>)[name] ?? "";
  };
  const text = fc.constantFrom(
    "",
    "",
    "a",
    "R&D <x>",
    "Zoë",
    "long ".repeat(300),
    "\u200b",
    "a\u0007 b",
    " x ",
  );
  const values = fc.dictionary(fc.constantFrom(...NAMES), text, { maxKeys: 11 });
  const asAwsTakesIt = (value: string): string =>
    value
      .replaceAll(/[\u200b\u0007]/g, "")
      .replaceAll(/ +/g, " ")
      .trim()
      .slice(0, 1024)
      .trim();

  test("two runs are quiet, nothing else differs, and everybody has what they had", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...NAMES], { minLength: 1 }),
        fc.array(fc.tuple(values, values), { minLength: 3, maxLength: 3 }),
        fc.subarray([...NAMES]),
        fc.subarray([...NAMES]),
        async (list, described, unremovable, untaken) => {
          const isTaken = (name: Name, value: string): boolean =>
            value === "" ? !unremovable.includes(name) : !(untaken.includes(name) && value.length < 4);
          const j = await journey({
            settings: { ATTRIBUTES: list.map((name) => `${name}=HR.${name}`).join(",") },
            also: (_, aws) => {
              aws.policy.takes = (path, value) => {
                const name = NAMES.find((one) => pathOf(one) === path);
                const plain = Array.isArray(value)
                  ? (value[0] as { value: string }).value
                  : ((value as string | undefined) ?? "");
                return name === undefined || isTaken(name, plain);
              };
            },
          });
          await j.sync();
          for (const person of PEOPLE)
            Object.assign(j.aws.user(at(person)).extra, { timezone: "Mars", title: "Before" });
          const expected = PEOPLE.map(() => new Map<Name, string>([["title", "Before"]]));
          const groups = j.aws.groups.map(({ id }) => j.aws.membersOf(id));
          for (const turn of [0, 1] as const) {
            PEOPLE.forEach((person, at_) => {
              const now = described[at_]?.[turn] ?? {};
              j.google.describe(at(person), { customSchemas: { HR: now } });
              for (const name of list) {
                const value = asAwsTakesIt(now[name] ?? "");
                if (isTaken(name, value)) expected[at_]?.set(name, value);
              }
            });
            await j.run();
            const after = j.aws.snapshot();
            const second = await j.run();
            expect(j.aws.snapshot()).toEqual(after);
            expect(Object.keys(second.applied)).toEqual([]);
            expect(j.writes().length).toBeLessThanOrEqual(PEOPLE.length * list.length * 2);
            if (unremovable.length + untaken.length === 0) expect(j.writes()).toEqual([]);
            PEOPLE.forEach((person, at_) => {
              for (const name of NAMES)
                expect([name, valueOf(j, person, name)]).toEqual([name, expected[at_]?.get(name) ?? ""]);
              expect(extraOf(j, person)["timezone"]).toBe("Mars");
            });
          }
          expect(j.aws.groups.map(({ id }) => j.aws.membersOf(id))).toEqual(groups);
          expect(j.aws.users.filter(({ active }) => !active)).toEqual([]);
        },
      ),
      search(12),
    );
  });
});

describe("a manager", () => {
  const under = (name: string) => ({ relations: [{ type: "manager", value: at(name).toUpperCase() }] });
  const managerOf = (j: Journey, name: string): unknown => {
    const more = extraOf(j, name)[ENTERPRISE] as
      | { readonly manager?: { readonly value: string } }
      | undefined;
    const id = more?.manager?.value;
    return id === undefined ? undefined : j.aws.user(id).userName;
  };

  test("is a reference, set in the run that makes both, and follows them", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "manager,title" },
      also: (google) => {
        google.describe(at("ada"), under("grace"));
        google.describe(at("grace"), { ...under("ada"), ...analyst });
      },
    });
    await j.sync();
    expect([managerOf(j, "ada"), managerOf(j, "grace")]).toEqual([at("grace"), at("ada")]);
    await j.settle();
    j.google.describe(at("ada"), under("otto"));
    await j.sync();
    expect(managerOf(j, "ada")).toBe(at("otto"));
    j.google.describe(at("ada"), { relations: [] });
    await j.sync();
    expect(managerOf(j, "ada")).toBe(undefined);
    await j.settle();
  });

  test("who comes in this run is set for somebody who is there, and one who is there for somebody who comes", async () => {
    const j = await journey({ settings: { ATTRIBUTES: "manager" } });
    await j.sync();
    j.google.addUser({ email: at("boss"), givenName: "The", familyName: "Boss", extra: under("otto") });
    j.google.addMember("aws-admins@example.com", at("boss"));
    j.google.describe(at("ada"), under("boss"));
    await j.sync();
    expect([managerOf(j, "ada"), managerOf(j, "boss")]).toEqual([at("boss"), at("otto")]);
    await j.settle();
  });

  test("whose own row is odd stays the manager, whichever address names them", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "manager" },
      also: (google) => {
        google.user(at("grace")).aliases.push(at("boss"));
        google.describe(at("ada"), under("grace"));
        google.describe(at("otto"), under("boss"));
      },
    });
    await j.sync();
    j.google.user(at("grace")).extra["suspended"] = "perhaps";
    expect(await j.run()).toMatchObject({ status: "attention", applied: {} });
    expect([managerOf(j, "ada"), managerOf(j, "otto")]).toEqual([at("grace"), at("grace")]);
  });

  test("who is not in AWS is left out and said, and keeps nobody out", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "manager" },
      also: (google) => {
        google.describe(at("ada"), { relations: [{ type: "manager", value: "The Big Boss" }] });
        google.describe(at("grace"), under("admin"));
      },
    });
    await j.sync();
    expect([managerOf(j, "ada"), managerOf(j, "grace")]).toEqual([undefined, undefined]);
    await j.settle();
    expect((await j.plan()).skipped).toMatchObject({ "manager-missing": 2 });
  });
});

describe("moving over", () => {
  /** AWS as another tool of the same Google left it. */
  const written =
    (extra: Readonly<Record<string, unknown>>) =>
    (j: Parameters<NonNullable<Parameters<typeof journey>[0]>["also"] & object>[1]) => {
      age(j);
      for (const user of j.users) Object.assign(user.extra, structuredClone(extra));
    };

  test("from a tool that wrote the same attributes makes an empty plan, listed or not", async () => {
    const theirs = {
      title: "Analyst",
      phoneNumbers: [{ value: "+1 555", type: "work" }],
      addresses: [{ type: "work", formatted: "1 Main St, Berlin" }],
      preferredLanguage: "en",
      [ENTERPRISE]: { department: "R&D", costCenter: "4130", organization: "Universal", division: "domain" },
    };
    for (const ATTRIBUTES of ["", "title,department,costCenter,organization,phoneNumber,address"]) {
      const j = await journey({
        settings: { ATTRIBUTES, GROUP_MATCH: "*" },
        also: (google, aws) => {
          for (const { primaryEmail } of google.users) google.describe(primaryEmail, analyst);
          mirror(google, aws);
          written(theirs)(aws);
        },
      });
      const before = j.aws.snapshot();
      expect(plannedOf(await j.plan())).toEqual([]);
      await j.sync();
      expect(j.aws.snapshot()).toEqual(before);
    }
  });

  test("from the older tool's empty address makes an empty plan, too", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "address,title", GROUP_MATCH: "*" },
      also: (google, aws) => {
        mirror(google, aws);
        written({ addresses: [{ type: "work" }] })(aws);
      },
    });
    expect(plannedOf(await j.plan())).toEqual([]);
  });

  test.each([
    ["Okta", "00u1abcd2efGH3ijk4l5", "https://okta.example"],
    ["Entra", "ada@example.com", "https://sts.windows.net/8f6d3a10-5c1e-4f0e-9d5b-2f7a7a1c9b3e/"],
  ])("from %s keeps what it wrote and nobody lists", async (_, externalId, issuer) => {
    // As Entra's gallery application maps them, but for the one that is listed.
    const theirs = {
      ...{ nickName: "Babs", timezone: "Europe/Berlin", locale: "de-DE", userType: "Member" },
      phoneNumbers: [{ value: "+49 30 1", type: "work" }],
      addresses: [{ type: "work", formatted: "1 Main St", country: "DE" }],
      [ENTERPRISE]: { department: "Theirs", employeeNumber: "17", division: "North" },
    };
    const j = await journey({
      settings: { ADOPT: "any", ATTRIBUTES: "title" },
      also: (google, aws) => {
        google.describe(at("ada"), analyst);
        const extra = structuredClone({ ...theirs, title: "Before" });
        aws.addUser({ userName: at("ada"), externalId, issuer, extra });
      },
    });
    await j.run();
    expect(extraOf(j, "ada")).toEqual({ ...theirs, title: "Analyst" });
    await j.settle();
  });

  test("without a list nothing of it is touched, and ADOPT=any changes nothing but whose the user is", async () => {
    const extra = { title: "Before", [ENTERPRISE]: { department: "Theirs" } };
    const j = await journey({
      settings: { ADOPT: "any" },
      also: (google, aws) => {
        google.describe(at("ada"), analyst);
        aws.addUser({
          userName: at("ada"),
          externalId: "an-id-of-entras",
          issuer: "https://entra.example",
          extra,
        });
      },
    });
    await j.run();
    expect(extraOf(j, "ada")).toEqual(extra);
    await j.settle();
  });
});

describe("explained", () => {
  const told = async (j: Journey, subject: string): Promise<string> => {
    const answered = await answer({
      environment: j.emulator.environment(j.settings),
      ...{ place: "terminal", lines: "nowhere" },
      request: { action: "explain", trigger: "manual", subject },
    });
    return explainText(answered).join("\n");
  };

  test("is what an attribute is and will be, and that a manager is not there", async () => {
    const j = await journey({
      settings: { ATTRIBUTES: "title,department,manager" },
      also: (google) => google.describe(at("ada"), analyst),
    });
    await j.sync();
    expect(await told(j, at("ada"))).toContain("Nothing would be changed about the user itself.");
    j.google.describe(at("ada"), {
      organizations: [{ title: "Director", primary: true }],
      relations: [{ type: "manager", value: "nobody@example.com" }],
    });
    const text = await told(j, at("ada"));
    expect(text).toContain('title from "Analyst" to "Director", department from "R&D" to ""');
    expect(text).toContain('without a manager, because this sync has no user "nobody@example.com" in AWS');
  });
});
