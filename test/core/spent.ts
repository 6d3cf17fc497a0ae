/** What a day has spent, as tests say it. */
import type { TargetId } from "../../src/core/model.ts";
import { EMPTY_TALLY, spentWithin } from "../../src/core/tally.ts";
import type { Spent, Times } from "../../src/core/tally.ts";

export const NOTHING_SPENT: Spent = spentWithin(EMPTY_TALLY, "2026-03-01T00:00:00Z");

export const once = <Id>(ids: Iterable<Id>): Times<Id> => new Map([...ids].map((id) => [id, 1]));

export const turnoverOf = ({ turnover, elsewhere }: Spent, group: TargetId) =>
  turnover.get(group) ?? elsewhere;
