/** Whole questions, from the payload to the answer, against the emulator. */
import type { Context } from "aws-lambda";
import { expect, it, onTestFinished, vi } from "vitest";
import { handler } from "../../src/handler.ts";
import { csv } from "../../src/core/explain/review.ts";
import { explainText } from "../../src/run/explain.ts";
import type { Explained } from "../../src/run/explain.ts";
import { parseRequest } from "../../src/request.ts";
import type { Call } from "../../src/run/call.ts";
import { answer } from "../../src/run/run.ts";
import type { DoctorReport } from "../../src/doctor/report.ts";
import { sampleCompany } from "../emulator/company.ts";
import { googleError } from "../emulator/google-errors.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";

async function company(): Promise<Emulator> {
  const emulator = await useEmulator({ pageSize: "vendor" });
  sampleCompany(emulator.google, emulator.aws);
  const rates = { SCIM_RATE: "9000", IDENTITY_STORE_RATE: "9000", GOOGLE_RATE: "9000" };
  const environment = emulator.environment({ GROUP_MATCH: "name:aws-*", ...rates });
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return emulator;
}

const context = {
  awsRequestId: "request-1",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:ssosync",
  getRemainingTimeInMillis: () => 300_000,
} as Context;

const call = (payload: object): Call => ({
  environment: process.env,
  place: "terminal",
  request: parseRequest(payload),
  lines: "nowhere",
});

const ask = async (subject: string): Promise<Explained> =>
  (await answer(call({ action: "explain", subject }))) as Explained;

const textOf = async (subject: string): Promise<string> => explainText(await ask(subject)).join("\n");

it("why somebody will be in a group is told with the whole way into it, and nothing is written", async () => {
  const emulator = await company();
  const told = await handler({ action: "explain", subject: "linus.berg@example.com" }, context);
  expect(told).toMatchObject({
    action: "explain",
    explanations: [{ kind: "user", subject: "linus.berg@example.com" }],
  });
  const text = explainText(told as Explained).join("\n");
  expect(text).toContain("aws-engineers › aws-backend › aws-platform › linus.berg@example.com");
  expect(text).toContain("aws-engineers: not in AWS; is added by the next run");
  expect(text).not.toContain("marketing");
  expect(emulator.writes()).toEqual([]);
});

it("after a sync the same question finds it done", async () => {
  const emulator = await company();
  await answer(call({ action: "sync" }));
  const written = emulator.writes().length;
  expect(written).toBeGreaterThan(10);
  const text = await textOf("linus.berg@example.com");
  expect(text).toContain("aws-platform: in AWS; stays");
  expect(text).toContain("Matched by id");
  expect(text).toContain("Nothing would be changed about the user itself.");
  expect(emulator.writes()).toHaveLength(written);
});

it(
  "of a refused plan only what is done all the same is told as the next run's, and a leaver with the day",
  { tags: "long" },
  async () => {
    const { google, aws } = await company();
    await answer(call({ action: "sync" }));
    google.suspend("linus.berg@example.com");
    for (const { displayName: name } of aws.groups)
      if (name.startsWith("aws-") && name !== "aws-admins") google.deleteGroup(`${name}@example.com`);
    const leaver = await textOf("linus.berg@example.com");
    expect(leaver).toMatch(/next run {2}user\.disable/);
    expect(leaver).toContain("The plan as a whole is refused");
    expect(leaver).not.toContain("is taken out by the next run");
    expect(await textOf("aws-data")).toContain("Not done, because the whole plan is refused: group.retire");
    await answer(call({ action: "sync" }));
    expect(aws.user("linus.berg@example.com").active).toBe(false);
    expect(aws.membersOf("aws-platform")).toContain("linus.berg@example.com");
    expect(await textOf("linus.berg@example.com")).toMatch(/disabled as a leaver on \d{4}-\d{2}-\d{2}\./);
  },
);

it("a removal that Google contradicts when asked again is told as held", async () => {
  const emulator = await company();
  await answer(call({ action: "sync" }));
  emulator.google.lies.hideMembers("aws-admins@example.com", "ada.lovelace@example.com");
  const text = await textOf("aws-admins");
  expect(text).toContain("ada.lovelace@example.com: in AWS; is held");
  expect(text).toContain("the membership exists");
});

it(
  "what Google, or AWS, does not show is told with their words, and its members with it",
  { tags: "long" },
  async () => {
    const emulator = await company();
    await answer(call({ action: "sync" }));
    const { google, aws } = emulator;
    const [inGoogle, inAws] = [google.group("aws-admins@example.com").id, aws.group("aws-platform").id];
    emulator.fault({
      when: ({ path, operation, body }) =>
        path.endsWith(`${inGoogle}/members`) ||
        (operation === "ListGroupMemberships" && JSON.stringify(body).includes(inAws)),
      times: Infinity,
      do: ({ service }) =>
        service === "google"
          ? googleError(403, "forbidden", "Not Authorized to access this resource/api")
          : { status: 403, body: { __type: "AccessDeniedException", Message: "explicit deny" } },
    });
    const admins = await textOf("aws-admins");
    expect(admins).toContain("403 forbidden: Not Authorized to access this resource/api");
    expect(admins).toMatch(/ada\.lovelace@example\.com: in AWS; stays: what AWS has of it stays/);
    const platform = await textOf("aws-platform");
    expect(platform).toContain("explicit deny");
    expect(platform).toMatch(/linus\.berg@example\.com: not in AWS; nothing is done: .*explicit deny/);
  },
);

it("a group that GROUP_MATCH leaves out is looked up, by address and by name", async () => {
  await company();
  for (const subject of ["marketing@example.com", "marketing"]) {
    const text = await textOf(subject);
    expect(text).toContain('GROUP_MATCH ("name:aws-*") does not list it');
    expect(text).toContain("Its members are not read");
  }
});

it("nobody of that name is an error that says where it looked and what is near", async () => {
  await company();
  await expect(ask("linus.breg@example.com")).rejects.toThrow(
    /^Nothing answers to "linus\.breg@example\.com": .*Google's users \(120\).*near it is linus\.berg@example\.com\.$/,
  );
  await expect(ask("berg")).rejects.toThrow(/near it is linus\.berg@example\.com/);
  await expect(ask("it's nobody")).rejects.toThrow(/nothing there is near it/);
});

it("everybody at once becomes a table that knows each way into each group", async () => {
  const emulator = await company();
  const request = { action: "review", trigger: "manual" } as const;
  const { rows } = await answer({ ...call({}), request });
  expect(new Set(rows.map(({ user }) => user)).size).toBe(121);
  const text = csv(rows);
  expect(text).toContain(
    "linus.berg@example.com,Linus Berg,active,none,aws-engineers,aws-engineers › aws-backend › aws-platform › linus.berg@example.com,yes,no,added,",
  );
  expect(text).toContain(
    "aws-root@example.com,AWS Control Tower Admin,none,enabled,AWSAccountFactory,,no,yes,nothing,",
  );
  expect(emulator.writes()).toEqual([]);
});

it("the doctor answers through the handler, and never fails the invocation", async () => {
  const emulator = await company();
  emulator.google.policy.keyRevoked = true;
  const report = (await handler({ action: "doctor" }, context)) as DoctorReport;
  expect(report).toMatchObject({ action: "doctor", status: "error" });
  expect(emulator.writes()).toEqual([]);
});

it("a company that cannot be read is an error of the question, without a secret", async () => {
  const emulator = await company();
  emulator.google.policy.keyRevoked = true;
  const question = handler({ action: "explain", subject: "ada.lovelace@example.com" }, context);
  const error: unknown = await question.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toContain("Google rejected the signature");
  expect(JSON.stringify(error)).not.toContain(emulator.key.private_key.slice(40, 90));
});
