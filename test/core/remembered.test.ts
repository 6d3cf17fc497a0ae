import { expect, test } from "vitest";
import { remembered } from "../../src/core/remembered.ts";

test("each question is answered once", () => {
  const asked: string[] = [];
  const length = remembered((text: string) => {
    asked.push(text);
    return text.length;
  });
  expect(["one", "three", "one"].map(length)).toEqual([3, 5, 3]);
  expect(asked).toEqual(["one", "three"]);
});

test("whoever asks while the answer is awaited gets the same; a rejection is forgotten", async () => {
  let asked = 0;
  const answer = remembered<void, Promise<number>>(async () => {
    asked += 1;
    if (asked === 1) throw new Error("not now");
    return asked;
  });
  const both = [answer(), answer()];
  for (const one of both) await expect(one).rejects.toThrow("not now");
  expect(await answer()).toBe(2);
  expect(await answer()).toBe(2);
});
