/** Google's and AWS's lists with some rows spoilt, as a switch: which list, which rows, and how. */
import type { Emulator } from "./emulator.ts";
import type { FaultHandle } from "./faults.ts";
import { isObject, type Json, type RecordedRequest } from "./wire.ts";

/** Each list that a run reads. Of SCIM's users those in a group are a list of their own. */
export const LISTS = {
  "Google's users": of("google", "users.list", "users"),
  "Google's groups": of("google", "groups.list", "groups"),
  "Google's members": of("google", "members.list", "members"),
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
  readonly list: keyof typeof LISTS;
  /** Of lists of members, the one of this group, by its id there; all of them unless told. */
  readonly within?: string;
  /** What is sent instead of each row. */
  readonly change: (row: Json) => readonly unknown[];
}

const asked = ({ path, body, query }: RecordedRequest): string =>
  [path, JSON.stringify(body), query["filter"]].join(" ");

/** Spoils rows of a list whenever it is read, until removed. */
export function spoil(emulator: Emulator, { list, within = "", change }: Odd): FaultHandle {
  const { key, fits } = LISTS[list];
  return emulator.fault({
    when: (request) => fits(request) && asked(request).includes(within),
    times: Infinity,
    do: (_, answer) =>
      isObject(answer.body) && Array.isArray(answer.body[key])
        ? { ...answer, body: { ...answer.body, [key]: (answer.body[key] as Json[]).flatMap(change) } }
        : answer,
  });
}
