/** Somebody comes back who still has a membership that nothing gives any more: the account comes after it is gone. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { open, run } from "./stage.ts";
import type { Emulator } from "../emulator/emulator.ts";

/** Gus was revoked, and a cut run left him in `aws-left`; now Google has him back, in `aws-new`. */
async function begin(): Promise<Emulator> {
  const emulator = await open();
  const { google, aws } = emulator;
  for (const name of ["ada", "gus"])
    google.addUser({ email: at(name), givenName: "Given", familyName: "Family" });
  const marked = `ssosync-retired.2026-01-01.${google.user(at("gus")).id}`;
  aws.addUser({ userName: at("ada"), externalId: google.user(at("ada")).id });
  aws.addUser({ userName: at("gus"), externalId: marked, active: false });
  for (const name of ["aws-left", "aws-new"]) {
    const { id } = google.addGroup({ email: at(name) });
    aws.addGroup({ displayName: name, externalId: id });
    google.addMember(at(name), at("ada"));
    aws.addMembership(name, at("ada"));
  }
  google.addMember(at("aws-new"), at("gus"));
  aws.addMembership("aws-left", at("gus"));
  return emulator;
}

const ready = ({ aws }: Emulator): void => {
  expect(aws.user(at("gus")).active).toBe(true);
  expect(aws.membersOf("aws-left")).toEqual([at("ada")]);
  expect(aws.membersOf("aws-new")).toEqual([at("ada"), at("gus")]);
};

test("when a removal is refused, the person who returns stays disabled, and the run says so and fails", async () => {
  const emulator = await begin();
  const { aws } = emulator;
  const left = aws.group("aws-left").id;
  const fault = emulator.fault({
    when: ({ operation, path }) => operation === "PatchGroup" && path.endsWith(left),
    times: Infinity,
    do: { status: 500 },
  });
  const ended = await run(emulator);
  expect(aws.user(at("gus")).active).toBe(false);
  expect(ended.status).toBe("failed");
  const skipped = ended.outcomes.filter(({ status }) => status === "skipped");
  expect(skipped).toContainEqual(
    expect.objectContaining({
      change: expect.objectContaining({ kind: "user.restore" }) as object,
      reason: expect.objectContaining({ code: "depends-on", what: "removal" }) as object,
    }),
  );
  fault.remove();
  expect((await run(emulator)).status).toBe("succeeded");
  ready(emulator);
});

test("when Google does not answer, the person who returns stays disabled until it does, or until that is approved", async () => {
  const emulator = await begin();
  emulator.fault({ when: { operation: "members.hasMember" }, times: Infinity, do: { status: 503 } });
  const held = await run(emulator);
  expect(held.status).toBe("attention");
  expect(held.summary?.approvals).toMatchObject([{ kind: "unsure" }]);
  expect(emulator.aws.user(at("gus")).active).toBe(false);
  const approve = held.summary?.approvals.map(({ id }) => id);
  await run(emulator, { action: "sync", approve });
  expect((await run(emulator)).status).toBe("succeeded");
  ready(emulator);
});

test("a membership that Google confirms does not keep the person who returns out", async () => {
  const emulator = await begin();
  emulator.google.addMember(at("aws-left"), at("gus"));
  emulator.google.lies.hideMembers(at("aws-left"), at("gus"));
  const ended = await run(emulator);
  expect(ended.summary?.held).toEqual({ "members.remove": 1 });
  expect(emulator.aws.user(at("gus")).active).toBe(true);
  expect(emulator.aws.membersOf("aws-left")).toContain(at("gus"));
});
