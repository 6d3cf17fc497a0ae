/** The oracle looks at everything: whatever differs from the contract, it says so. */
import { expect, test } from "vitest";
import { createAws, type AwsDirectory } from "../emulator/aws-directory.ts";
import { at, fill, mirror } from "../emulator/fill.ts";
import { createCompany, type Company } from "../emulator/google-company.ts";
import { expectTurn, pictureOf } from "./emulated.ts";

const clock = () => new Date("2026-11-02T08:00:00Z");

/** A company that AWS mirrors, with somebody and a group made by hand; then something happens. */
function judge(happen: (aws: AwsDirectory, google: Company) => void): () => void {
  const [google, aws] = [createCompany(clock), createAws(clock)];
  fill(google, {
    people: { ada: "Ada Lovelace", bob: "Bob Kahn", cy: "Cy Young" },
    groups: { "aws-admins": ["ada", "bob"], "aws-all": ["aws-admins", "cy"] },
  });
  mirror(google, aws);
  aws.user(at("ada")).extra["title"] = "Countess";
  aws.addUser({ userName: "root@example.com", emailType: null });
  aws.addGroup({ displayName: "by-hand", description: "Ours" });
  aws.addMembership("by-hand", "root@example.com");
  const before = pictureOf(aws);
  happen(aws, google);
  return () => expectTurn({ google, settings: {}, before, after: pictureOf(aws), approved: false });
}

test("where both sides agree, nothing may have changed, and nothing has", () => {
  expect(judge(() => undefined)).not.toThrow();
});

test.each<[string, (aws: AwsDirectory, google: Company) => void]>([
  ["somebody who is disabled", (aws) => void (aws.user(at("ada")).active = false)],
  ["another user name", (aws) => void (aws.user(at("ada")).userName = at("adele"))],
  ["another name", (aws) => void (aws.user(at("ada")).name = { givenName: "Adele" })],
  ["another display name", (aws) => void (aws.user(at("ada")).displayName = "Adele")],
  ["another e-mail", (aws) => void (aws.user(at("ada")).emails = [{ value: at("adele"), primary: true }])],
  [
    "an e-mail of no type",
    (aws) => void (aws.user(at("ada")).emails = [{ value: at("ada"), primary: true }]),
  ],
  ["a title that is gone", (aws) => void delete aws.user(at("ada")).extra["title"]],
  ["another provider's user", (aws) => void (aws.user(at("ada")).issuer = "https://okta.example")],
  ["a user without a link", (aws) => void delete aws.user(at("ada")).externalId],
  ["a user who is gone", (aws) => aws.deleteUser(at("bob"))],
  ["a user too many", (aws) => void aws.addUser({ userName: at("dee") })],
  ["a member who is gone", (aws) => aws.removeMembership("aws-all", at("ada"))],
  ["a member too many", (aws) => void aws.addMembership("aws-admins", at("cy"))],
  ["another group's name", (aws) => void (aws.group("aws-all").displayName = "aws-everybody")],
  ["a description", (aws) => void (aws.group("aws-all").description = "Everybody")],
  ["a group that is gone", (aws) => aws.deleteGroup("aws-admins")],
  ["a group too many", (aws) => void aws.addGroup({ displayName: "aws-new" })],
  ["a change to somebody made by hand", (aws) => void (aws.user("root@example.com").active = false)],
  ["a change to a group made by hand", (aws) => aws.removeMembership("by-hand", "root@example.com")],
  [
    "somebody who came to Google and not to AWS",
    (_, google) => void google.addMember(at("aws-all"), at("admin")),
  ],
  ["somebody who left Google and not AWS", (_, google) => google.deleteUser(at("bob"))],
  ["a group that left Google and not AWS", (_, google) => google.deleteGroup(at("aws-admins"))],
  ["somebody who is suspended in Google alone", (_, google) => google.suspend(at("cy"))],
])("%s is noticed", (_, happen) => {
  expect(judge(happen)).toThrow();
});
