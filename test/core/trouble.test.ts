import { expect, it } from "vitest";
import { TroubleError, troubleSentence } from "../../src/core/trouble.ts";

it("a trouble is one sentence, in which what to do comes last", () => {
  expect(troubleSentence({ why: "The key was revoked", todo: "make a new one" })).toBe(
    "The key was revoked; make a new one.",
  );
  expect(troubleSentence({ why: "The key was revoked", todo: "" })).toBe("The key was revoked.");
});

it("a trouble that is thrown keeps both halves, and the cause", () => {
  const cause = new Error("401");
  const error = new TroubleError({ why: "A: b; c", todo: "d" }, cause);
  expect(error).toMatchObject({ why: "A: b; c", todo: "d", message: "A: b; c; d.", cause });
  expect(new TroubleError({ why: "A", todo: "" })).not.toHaveProperty("cause");
});
