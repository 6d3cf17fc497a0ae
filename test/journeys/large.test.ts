/**
 * A plan that is larger than Lambda may hand back.
 * @module-tag long
 */
import { expect, test } from "vitest";
import { journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

const GROUPS = 450;
const MEMBERS = 100;
/** 110 characters. */
const address = (at: number): string =>
  `${"part-".repeat(8)}${String(at).padStart(3, "0")}@${"department.".repeat(5)}example.com`;

test("an answer stays under 4 MB and each line under 200 kB, whole as JSON, and says how much more there is", async () => {
  const j = await journey({
    settings: { GROUP_MATCH: "*" },
    emulator: { pageSize: "vendor" },
    company: (google) => {
      for (let at = 0; at < MEMBERS; at++) google.addUser({ email: address(at) });
      const [first, ...others] = Array.from({ length: GROUPS }, (_, at) =>
        google.addGroup({ email: `group-${at}@example.com` }),
      );
      for (let at = 0; at < MEMBERS; at++) google.addMember(first?.email ?? "", address(at));
      const rows = [...google.members];
      for (const { id: groupId } of others) google.members.push(...rows.map((row) => ({ ...row, groupId })));
    },
  });
  const { result, lines } = await lambda(j).invoke({ action: "plan" }, { remainingMs: 600_000 });
  const bytes = Buffer.byteLength(JSON.stringify(result));
  expect(bytes).toBeLessThan(4_000_000);
  expect(bytes).toBeGreaterThan(2_500_000);
  const planned = { "user.create": MEMBERS, "group.create": GROUPS, "members.add": GROUPS * MEMBERS };
  expect(result?.planned).toEqual(planned);
  expect((result?.changes?.length ?? 0) + (result?.more ?? 0)).toBe(MEMBERS + GROUPS);
  expect(result?.more).toBeGreaterThan(0);
  const audit = lines.filter((line) => line["audit"] === true);
  expect(audit).toHaveLength(MEMBERS + GROUPS);
  for (const line of lines) expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThan(200_000);
});
