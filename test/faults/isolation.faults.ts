import { expect, test } from "vitest";
import { refusedAt, writes } from "./isolation.ts";

test.each([400, 404, 409])(
  "any one write refused with %i costs its object and what depends on it, and nothing else",
  async (status) => {
    const wrong: (string | undefined)[] = [];
    for (const index of await writes()) wrong.push(await refusedAt(index, status));
    expect(wrong.filter((one) => one !== undefined)).toEqual([]);
  },
);
