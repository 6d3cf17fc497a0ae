/** AWS's lists with one row spoilt, as a switch: which list, which row, which field, and how. */
import type { Emulator } from "./emulator.ts";
import type { FaultHandle } from "./faults.ts";
import { isObject, type Json, type RecordedRequest } from "./wire.ts";

/** Each list of AWS that a run reads. Of SCIM's users those in a group are a list of their own. */
export const AWS_LISTS = {
  "Identity Store users": of("identitystore", "ListUsers", "Users"),
  "Identity Store groups": of("identitystore", "ListGroups", "Groups"),
  "Identity Store memberships": of("identitystore", "ListGroupMemberships", "GroupMemberships"),
  "SCIM users": of("scim", "ListUsers", "Resources", false),
  "SCIM groups": of("scim", "ListGroups", "Resources", false),
  "SCIM members": of("scim", "ListUsers", "Resources", true),
} as const;

interface List {
  readonly key: string;
  readonly fits: (request: RecordedRequest) => boolean;
}

function of(service: RecordedRequest["service"], operation: string, key: string, filtered?: boolean): List {
  return {
    key,
    fits: (request) =>
      request.service === service &&
      request.operation === operation &&
      (filtered === undefined || (request.query["filter"] !== undefined) === filtered),
  };
}

/** What may stand where something else is expected; `undefined` is a field that is absent. */
export const ODD_VALUES: readonly (readonly [string, unknown])[] = [
  ["absent", undefined],
  ["null", null],
  ["an empty text", ""],
  ["a number", 7],
  ["a truth value", true],
  ["an empty list", []],
  ["a list of numbers", [7]],
  ["an object", { Odd: { deep: 1 } }],
  ["a huge text", "x".repeat(100_000)],
  ["an odd text", "\u0000\u202e\ud800 ÿ\ufffd\u200b"],
  ["an id of nobody", "00000000-0000-0000-0000-000000000000"],
];

export interface Odd {
  readonly list: keyof typeof AWS_LISTS;
  /** Of a list of members, whose; all of them unless told. */
  readonly within?: string;
  /** Whether it is the row meant. */
  readonly row: (row: Json) => boolean;
  /** What is sent instead of it. */
  readonly change: (row: Json) => readonly unknown[];
}

/** Spoils that row whenever it is listed, until removed. */
export function spoil(emulator: Emulator, { list, within = "", row: isMeant, change }: Odd): FaultHandle {
  const { key, fits } = AWS_LISTS[list];
  return emulator.fault({
    when: (request) =>
      fits(request) && `${JSON.stringify(request.body)}${request.query["filter"] ?? ""}`.includes(within),
    times: Infinity,
    do: (_, answer) => {
      if (!isObject(answer.body) || !Array.isArray(answer.body[key])) return answer;
      const rows = (answer.body[key] as Json[]).flatMap((row) => (isMeant(row) ? change(row) : [row]));
      return { ...answer, body: { ...answer.body, [key]: rows } };
    },
  });
}
