import { describe, expect, it } from "vitest";
import { TroubleError } from "../../src/core/trouble.ts";
import { check, fine, make, ok, step, warning, wrong } from "../../src/doctor/check.ts";
import { OutOfTime } from "../../src/traffic/deadline.ts";

const never = new AbortController().signal;

describe("checks that need others", () => {
  it("are made after them, with their values, each once", async () => {
    const order: string[] = [];
    const first = check(
      "first",
      "Title of first",
      {},
      () => (order.push("first"), { ...ok("one"), value: 1 }),
    );
    const twice = step({ first }, (given) => (order.push("twice"), fine(given.first * 2)));
    const last = check(
      "last",
      "Title of last",
      { first, twice },
      (given) => (order.push("last"), warning(`${given.first} and ${given.twice}`, "double it")),
    );
    const findings = await make([last, first], never);
    expect(order).toEqual(["first", "twice", "last"]);
    expect(findings).toEqual([
      { id: "first", title: "Title of first", level: "ok", why: "One.", todo: "" },
      { id: "last", title: "Title of last", level: "warning", why: "1 and 2.", todo: "Double it." },
    ]);
  });

  it("are not made when one of them is not in order, and all wait for the first that is not", async () => {
    const broken = check("broken", "Title of broken", {}, () => wrong("it broke", "mend it"));
    const silent = step({ broken }, () => fine(1));
    const second = check("second", "Title of second", { silent }, () => ok("never"));
    const third = check("third", "Title of third", { second }, () => ok("never"));
    const findings = await make([third], never);
    expect(findings.map(({ id, level, waitsFor }) => [id, level, waitsFor])).toEqual([
      ["broken", "error", undefined],
      ["second", "not-checked", "broken"],
      ["third", "not-checked", "broken"],
    ]);
  });

  it("are made after a warning", async () => {
    const odd = check("odd", "Title of odd", {}, () => warning("odd", "look"));
    const next = check("next", "Title of next", { odd }, () => ok("fine"));
    expect((await make([next], never)).map(({ level }) => level)).toEqual(["warning", "ok"]);
  });
});

describe("what a check throws", () => {
  const throwing = (error: Error, worst?: "warning") =>
    check(
      "it",
      "Title of it",
      {},
      () => {
        throw error;
      },
      worst,
    );

  it("is what it found, at its own level, when it is thrown on purpose", async () => {
    const error = new TroubleError({ why: "no right", todo: "give it" });
    expect(await make([throwing(error)], never)).toMatchObject([{ level: "error", why: "No right." }]);
    expect(await make([throwing(error, "warning")], never)).toMatchObject([{ level: "warning" }]);
  });

  it("ends everything when it is a bug", async () => {
    await expect(make([throwing(new RangeError("a bug"))], never)).rejects.toThrow(RangeError);
  });

  it("is no finding when the end of the time cut it off", async () => {
    expect(await make([throwing(new OutOfTime("over"))], never)).toMatchObject([{ level: "not-checked" }]);
    const stopped = AbortSignal.abort(new OutOfTime("over"));
    const [found] = await make([check("late", "Title of late", {}, () => ok("never"))], stopped);
    expect(found).toMatchObject({ level: "not-checked" });
    expect(found).not.toHaveProperty("waitsFor");
  });
});
