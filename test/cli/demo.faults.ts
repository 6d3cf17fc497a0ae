import { expect, test } from "vitest";
import { prose, REAL } from "./demo.ts";
import { ended, start } from "./stage.ts";

test("the demo can do without a key", async () => {
  const { code, out, err } = await ended(
    start("test/emulator/demo.ts", ["--keyless"], { CI: "true", ...REAL }),
  );
  expect({ code, err: err.replace(/^(Reading|Google|Writing|Asking) .*\n/gm, "") }).toEqual({
    code: 0,
    err: "",
  });
  expect(out).toContain("There is no key:");
  expect(out).toContain("Done: 118 users created, 15 groups created, 307 memberships added");
  expect(out).toContain("- retire   ivan.petrov@example.com (Иван Петров): no longer in Google");
  expect(prose(out).filter((line) => line.length > 80)).toEqual([]);
}, 240_000);
