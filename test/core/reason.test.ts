import { expect, test } from "vitest";
import { needsSomebody } from "../../src/core/reason.ts";
import type { Skip, SkipReason } from "../../src/core/reason.ts";

const skip = (reason: SkipReason): Skip => ({ about: { kind: "user", label: "x" }, reason });
const holder = { kind: "group", label: "Devs" } as const;

test("what somebody has to settle asks for attention: names, addresses and protected or foreign objects in the way", () => {
  const reasons: readonly SkipReason[] = [
    { code: "protected", by: "PROTECT_GROUPS", pattern: "d*", name: "Devs" },
    { code: "no-name" },
    { code: "name-wanted-twice", name: "Devs", rivals: [holder], keeps: undefined },
    { code: "name-unmanaged", holder },
    { code: "name-foreign", holder, externalId: "okta/7" },
    { code: "name-taken", holder: "new", keeps: undefined },
    { code: "email-taken", holder, keeps: "x" },
    { code: "name-held", holder },
    { code: "included-twice", name: "x", rivals: [holder] },
    { code: "address-unusable" },
  ];
  for (const reason of reasons) expect(needsSomebody(skip(reason)), reason.code).toBe(true);
});

test("what a setting or a state explains asks for none", () => {
  const reasons: readonly SkipReason[] = [
    { code: "ignored", setting: "IGNORE_USERS", pattern: "x" },
    { code: "not-included" },
    { code: "external" },
    { code: "out-of-scope" },
    { code: "suspended", state: "archived" },
    { code: "never-seen" },
    { code: "name-ignored", holder },
    { code: "doubted" },
    { code: "party-left-out", missing: "user" },
  ];
  for (const reason of reasons) expect(needsSomebody(skip(reason)), reason.code).toBe(false);
});
