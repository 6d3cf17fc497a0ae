import { randomUUID } from "node:crypto";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { spentWithin, untilItFits, withTold, withoutSpent, withSpent } from "../core/tally.ts";
import type { Spent, Tally } from "../core/tally.ts";
import { neverFree, notUnderstood, TallyError, tallyTrouble } from "./tally-errors.ts";
import { hasRoom, itemOf, nextStanding, NO_ITEM, standingOf } from "./tally-item.ts";
import type { Standing } from "./tally-item.ts";
import { fault } from "./sdk.ts";
import { pause } from "../traffic/soon.ts";

/** The tally in its table. Everything rejects with a `TallyError` or with the signal's reason. */
export interface TallyTable {
  /** What was spent in the 24 hours before `now` (ISO 8601), as it stands there now; an item that is not there is nothing. */
  readonly spent: (now: string) => Promise<Spent>;
  /**
   * Adds what `portion` answers when it is told what was spent in the 24 hours before `now`; if somebody else wrote
   * meanwhile, it is asked again. Answers what was added, or `undefined` when it wanted nothing. When an answer of AWS's
   * is lost, it counts once; when this rejects, it may count all the same.
   */
  readonly reserve: (now: string, portion: (spent: Spent) => Spent | undefined) => Promise<Spent | undefined>;
  /** Takes back what was reserved at `at` and not done. */
  readonly giveBack: (spent: Spent, at: string) => Promise<void>;
  /** Notes that this is told now; `false` when the same was told within the 24 hours before. */
  readonly tell: (now: string, about: string, digest: string) => Promise<boolean>;
  /** Makes sure that it may be written, and writes nothing. */
  readonly tryWriting: () => Promise<void>;
}

interface TableOptions {
  /** Made `paced`. */
  readonly client: DynamoDBClient;
  readonly table: string;
  /** The id of the Identity Store. */
  readonly key: string;
  readonly signal: AbortSignal;
}

/** Needs the rights `dynamodb:GetItem` and `dynamodb:PutItem`, and no others. */
export function tallyTable(at: TableOptions): TallyTable {
  return {
    spent: async (now) => spentWithin((await standing(at)).tally, now),
    reserve: async (now, portion) => {
      let reserved: Spent | undefined;
      await change(at, (tally) => {
        reserved = portion(spentWithin(tally, now));
        return reserved === undefined ? undefined : withSpent(tally, reserved, now);
      });
      return reserved;
    },
    giveBack: (spent, then) => change(at, (tally) => withoutSpent(tally, spent, then)),
    tell: async (now, about, digest) => {
      let isNews = false;
      await change(at, (tally) => {
        const told = withTold(tally, about, digest, now);
        isNews = told !== undefined;
        return told;
      });
      return isNews;
    },
    tryWriting: async () => {
      const never = "attribute_exists(id) AND attribute_not_exists(id)";
      await put(at, { Item: { id: { S: at.key } }, ConditionExpression: never });
    },
  };
}

/** After so many conflicts in a row the waits do not grow any more; after so many, it cannot be written. */
const LONGEST_WAIT = 5;
const MOST_CONFLICTS = 40;
/** Leavers must not wait for a table that is silent. */
const ANSWERS_MS = 5_000;
const FIRST_WAIT_MS = 10;

/** Writes what `made` makes of the newest tally, unless that is nothing. */
async function change(at: TableOptions, made: (tally: Tally) => Tally | undefined): Promise<void> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const before = await standing(at);
    const wanted = made(before.tally);
    if (wanted === undefined) return;
    if (await isWritten(at, before, untilItFits(wanted, hasRoom))) return;
    await pause(Math.random() * FIRST_WAIT_MS * 2 ** Math.min(conflicts, LONGEST_WAIT), at.signal);
  }
  throw neverFree(await tablePlace(at));
}

/** The table as errors tell it. */
const tablePlace = async (at: TableOptions) => ({ ...at, region: await at.client.config.region() });

const briefly = (signal: AbortSignal) => ({
  abortSignal: AbortSignal.any([signal, AbortSignal.timeout(ANSWERS_MS)]),
});

/**
 * False when somebody else wrote meanwhile. The client sends a request again when an answer does not come, and then AWS
 * takes the first one for somebody else's: only what stands there tells whose it was.
 */
async function isWritten(at: TableOptions, before: Standing, tally: Tally): Promise<boolean> {
  const own = randomUUID();
  const Item = itemOf(at.key, nextStanding(before, tally, own));
  try {
    if (await put(at, { Item, ...unlessChanged(before) })) return true;
  } catch (error) {
    if (error instanceof TallyError && (await isThere(at, own).catch(() => false))) return true;
    throw error;
  }
  return isThere(at, own);
}

const isThere = async (at: TableOptions, own: string): Promise<boolean> =>
  (await standing(at)).by.includes(own);

const unlessChanged = ({ version }: Standing) =>
  version === NO_ITEM.version
    ? { ConditionExpression: "attribute_not_exists(id)" }
    : {
        ConditionExpression: "#version = :version",
        ExpressionAttributeNames: { "#version": "version" },
        ExpressionAttributeValues: { ":version": { N: String(version) } },
      };

async function standing(at: TableOptions): Promise<Standing> {
  const { client, table: TableName, key, signal } = at;
  const asked = new GetItemCommand({ TableName, Key: { id: { S: key } }, ConsistentRead: true });
  const { Item } = await client
    .send(asked, briefly(signal))
    .catch((error: unknown) => rejected(error, "dynamodb:GetItem", at));
  if (Item === undefined) return NO_ITEM;
  const found = standingOf(Item);
  if (found === undefined) throw notUnderstood(await tablePlace(at));
  return found;
}

type Put = Omit<ConstructorParameters<typeof PutItemCommand>[0], "TableName">;

/** Whether the condition held. */
async function put(at: TableOptions, what: Put): Promise<boolean> {
  try {
    await at.client.send(new PutItemCommand({ TableName: at.table, ...what }), briefly(at.signal));
    return true;
  } catch (error) {
    if (fault(error).name === "ConditionalCheckFailedException") return false;
    return rejected(error, "dynamodb:PutItem", at);
  }
}

async function rejected(error: unknown, right: string, at: TableOptions): Promise<never> {
  at.signal.throwIfAborted();
  throw tallyTrouble(error, right, await tablePlace(at));
}
