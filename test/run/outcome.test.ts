/** What AWS refuses of one request, and what it says of the token or the speed instead. */
import { expect, test } from "vitest";
import { TargetError, THROTTLED, TokenError } from "../../src/aws/errors.ts";
import { isRefusal, isRefused } from "../../src/run/outcome.ts";

const trouble = { why: "no", todo: "" };

test.each([
  ["of one request", new TargetError(trouble, { status: 400 }), true],
  ["about the speed, whatever its status", new TargetError(trouble, { status: 400, code: THROTTLED }), false],
  ["about the token", new TokenError(trouble, { status: 400 }), false],
  ["without an answer", new TargetError(trouble), false],
  ["of another kind", Object.assign(new Error("no"), { status: 400 }), false],
])("an error %s", (_, error, isOne) => {
  expect([isRefused(error), isRefusal(error, 400, 404), isRefusal(error, 409)]).toEqual([
    isOne,
    isOne,
    false,
  ]);
});
