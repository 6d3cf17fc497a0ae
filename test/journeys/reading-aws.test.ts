/** Runs in which AWS tells less than there is, or cannot tell it. */
import { expect, test } from "vitest";
import { at } from "./company.ts";
import { journey } from "./journey.ts";

test.each(["scim", "both"])(
  "with AWS_READ=%s, a directory that answers with its first page alone is not read at all, and a leaver is no success",
  async (AWS_READ) => {
    const here = await journey({ settings: { AWS_READ } });
    await here.sync();
    here.google.deleteUser(at("mona"));
    here.aws.policy.cursor = "ignored";
    expect(await here.failure()).toMatch(/page by page .* set AWS_READ=identitystore/);
    expect(here.writes()).toEqual([]);
    expect(here.aws.user(at("mona")).active).toBe(true);
    await here.sync({}, { settings: { AWS_READ: "identitystore" } });
    expect(here.aws.user(at("mona")).active).toBe(false);
  },
);
