import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import { jsonIn } from "../core/json.ts";
import { hour, sourceId, targetId } from "../core/model.ts";
import { EMPTY_TALLY } from "../core/tally.ts";
import type { Spent, Tally, Times } from "../core/tally.ts";

/** What stands in the table under one key. */
export interface Standing {
  readonly tally: Tally;
  /** Grows by one with every write. */
  readonly version: number;
  /** What the latest writes called themselves, so that one whose answer was lost is found again. */
  readonly by: readonly string[];
}

/** An item that is not there. */
export const NO_ITEM: Standing = { tally: EMPTY_TALLY, version: 0, by: [] };

/** So many other writes may come between a write and the look for it; after more, it counts twice at worst. */
const WRITERS_KNOWN = 50;

/** The next version, of a writer that calls itself `by`. */
export const nextStanding = (before: Standing, tally: Tally, by: string): Standing => ({
  tally,
  version: before.version + 1,
  by: [...before.by.slice(1 - WRITERS_KNOWN), by],
});

type Item = Record<string, AttributeValue>;

/** Changes when an earlier program would misread what is written; it reads nothing of another number. */
const FORM = 1;

const count = z.int().nonnegative();
const reservations = <Id>(id: (text: string) => Id) =>
  z.record(z.string(), z.int().positive()).transform((all) => keyed(all, id));
const turnover = z.tuple([count, count]).transform(([gained, lost]) => ({ gained, lost }));
const keyed = <Id, T>(all: Readonly<Record<string, T>>, id: (text: string) => Id): ReadonlyMap<Id, T> =>
  new Map(Object.entries(all).map(([text, value]) => [id(text), value]));

const SpentShape = z.strictObject({
  leavers: reservations(targetId),
  users: reservations(targetId),
  groups: reservations(targetId),
  renames: reservations(targetId),
  newGroups: reservations(sourceId),
  memberships: count,
  turnover: z.record(z.string(), turnover).transform((all) => keyed(all, targetId)),
  elsewhere: turnover,
});
const HourName = z.string().refine((text) => !Number.isNaN(Date.parse(`${text}:00:00Z`)));
const TallyShape = z.strictObject({
  form: z.literal(FORM),
  hours: z.record(HourName, SpentShape).transform((all) => keyed(all, hour)),
  told: z.record(z.string(), z.strictObject({ digest: z.string(), at: z.string() })).optional(),
});
const ItemShape = z.strictObject({
  id: z.unknown(),
  version: z.strictObject({
    N: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  }),
  by: z.strictObject({ L: z.array(z.strictObject({ S: z.string() })) }),
  tally: z.strictObject({ S: z.string().transform(jsonIn).pipe(TallyShape) }),
});

/** What an item says; `undefined` where it is none of this program's, or of a later one. */
export function standingOf(item: unknown): Standing | undefined {
  const { data } = ItemShape.safeParse(item);
  if (data === undefined) return undefined;
  const { hours, told } = data.tally.S;
  return {
    tally: { hours, ...(told === undefined ? {} : { told }) },
    version: data.version.N,
    by: data.by.L.map(({ S }) => S),
  };
}

/** The same as an item. */
export const itemOf = (id: string, { tally, version, by }: Standing): Item => ({
  id: { S: id },
  version: { N: String(version) },
  by: { L: by.map((name) => ({ S: name })) },
  tally: { S: tallyText(tally) },
});

/** An item may measure 400 kB. */
const MOST_BYTES = 300_000;

/** Whether it can be written (contract §6). */
export const hasRoom = (tally: Tally): boolean => Buffer.byteLength(tallyText(tally)) <= MOST_BYTES;

const tallyText = ({ hours, told }: Tally): string =>
  JSON.stringify({
    form: FORM,
    hours: Object.fromEntries([...hours].map(([at, spent]) => [at, plain(spent)])),
    told,
  } satisfies z.input<typeof TallyShape>);

const plain = (spent: Spent): z.input<typeof SpentShape> => ({
  leavers: plainTimes(spent.leavers),
  users: plainTimes(spent.users),
  groups: plainTimes(spent.groups),
  renames: plainTimes(spent.renames),
  newGroups: plainTimes(spent.newGroups),
  memberships: spent.memberships,
  turnover: Object.fromEntries([...spent.turnover].map(([id, one]) => [id, [one.gained, one.lost]])),
  elsewhere: [spent.elsewhere.gained, spent.elsewhere.lost],
});

const plainTimes = <Id extends string>(times: Times<Id>): Record<string, number> => Object.fromEntries(times);
