/** Leavers are out as soon as the users of both sides are read, however much else is still being read. */
import { expect, test } from "vitest";
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import type { Company } from "../emulator/google-company.ts";
import { at, mirror } from "../emulator/fill.ts";
import type { RecordedRequest } from "../emulator/wire.ts";
import { journey } from "./journey.ts";

const USERS = 800;
const GROUPS = 100;
const PAGE = 50;

function manyGroups(google: Company, aws: AwsDirectory): void {
  for (let n = 0; n < USERS; n++) google.addUser({ email: at(`p${n}`) });
  for (let group = 0; group < GROUPS; group++) {
    google.addGroup({ email: at(`aws-${group}`) });
    for (let n = group * 8; n < group * 8 + 8; n++) google.addMember(at(`aws-${group}`), at(`p${n}`));
  }
  mirror(google, aws);
}

/** How many of these are asked before the last page of users is. */
function beforeAllUsers(
  asked: readonly RecordedRequest[],
  isOne: (asked: RecordedRequest) => boolean,
): number {
  const last = asked.findLastIndex((one) => /^(users\.list|ListUsers)$/.test(one.operation) && !isOne(one));
  return asked.slice(0, last).filter(isOne).length;
}

const isQuestion = ({ operation, query }: RecordedRequest): boolean =>
  /^(members\.list|ListGroupMemberships)$/.test(operation) ||
  query["filter"]?.startsWith("groups.value") === true;

test.each(["identitystore", "scim"] as const)(
  "read over %s, the list of users does not wait for the members of the groups",
  { tags: "long" },
  async (way) => {
    const j = await journey({ company: manyGroups, emulator: { pageSize: PAGE } });
    j.google.suspend(at("p17"));
    const rates = { IDENTITY_STORE_RATE: "50", SCIM_RATE: "50", GOOGLE_RATE: "50" };
    const summary = await j.run({}, { settings: { ...rates, AWS_READ: way } });
    expect(summary).toMatchObject({ status: "succeeded", applied: { "user.disable": 1 } });
    for (const service of ["google", way]) {
      const asked = j.emulator.requests.filter((one) => one.service === service);
      expect(asked.filter(isQuestion).length, service).toBeGreaterThanOrEqual(GROUPS);
      // One goes while the next page is not asked for yet, or more on a busy machine; behind a queue, all would.
      expect(beforeAllUsers(asked, isQuestion), service).toBeLessThan(GROUPS * 0.8);
    }
  },
);
