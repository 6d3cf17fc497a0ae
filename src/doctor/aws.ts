import type { Config } from "../settings/config.ts";
import { describeGroup, describeUser, identityStore, isAbsent } from "../aws/identity-store.ts";
import type { Existing } from "../core/model.ts";
import { targetId } from "../core/model.ts";
import { tokenAge, tokenWarning } from "../log/token-age.ts";
import type { AwsSide } from "../world.ts";
import { attempt, fromError, fromTrouble, notChecked, ok, plural, warning } from "./finding.ts";
import type { Finding, Subject } from "./finding.ts";

export interface AwsFound {
  readonly findings: readonly Finding[];
  /** Only when all of it could be read. */
  readonly existing: Existing | undefined;
  readonly readingMs: number;
}

export interface AwsQuestions {
  readonly config: Config;
  readonly side: AwsSide;
  readonly signal: AbortSignal;
  /** Why the Identity Store is not to be asked, completing "because …". */
  readonly noStore: string | undefined;
}

const TOKEN: Subject = { id: "scim.token", what: "The SCIM endpoint takes the token" };
const AGE: Subject = { id: "scim.token-age", what: "The SCIM token will be valid for a while" };
const STORE: Subject = { id: "aws.identity-store", what: "The Identity Store is known" };
const SAME: Subject = { id: "aws.same-directory", what: "What is read is what is written" };
const READING: Subject = { id: "aws.reading", what: "IAM Identity Center can be read whole" };

const ACTIONS = ["ListUsers", "ListGroups", "ListGroupMemberships", "DescribeUser", "DescribeGroup"] as const;
type Action = (typeof ACTIONS)[number];
const right = (action: Action): Subject => ({
  id: `iam.${action}`,
  what: `identitystore:${action} is allowed`,
});
const RIGHTS = ACTIONS.map(right);

/** Nothing of AWS was asked: every check, told as not made. */
export const awsUnasked = (because: string): readonly Finding[] =>
  [TOKEN, STORE, ...RIGHTS, READING, SAME].map((one) => notChecked(one, because));

/** Token, then the Identity Store, then each right by itself, then everything. Writes nothing. */
export async function checkAws(questions: AwsQuestions): Promise<AwsFound> {
  const token = await tokenFinding(questions);
  const store = await checkStore(questions);
  const reading = await checkReading(questions, token, store);
  return { ...reading, findings: [token, ...store.findings, ...reading.findings] };
}

async function tokenFinding({ side: { target }, signal }: AwsQuestions): Promise<Finding> {
  // The description alone might be given to anybody: a listing is what a token is needed for.
  const answer = await attempt(signal, async () => {
    await target.probe();
    await target.anyUser();
  });
  return "error" in answer
    ? fromError(TOKEN, answer.error)
    : ok(TOKEN, "It describes itself and lists users.");
}

/** A token is valid for a year; how old it is can only be told from when its secret was stored. */
export function ageFinding(created: Date | undefined, now: Date, found: boolean): Finding {
  if (!found) return notChecked(AGE, "there is no token");
  const age = tokenAge(created, now);
  if (age === undefined)
    return warning(
      AGE,
      "Nothing tells when the token was made, so nobody is warned before it expires, which is a year after.",
      "Keep it in Secrets Manager: the date of the secret's version is taken as the token's.",
    );
  const told = tokenWarning(created, now);
  if (told === undefined)
    return ok(AGE, `Its secret was stored ${plural(age, "day")} ago; it expires after a year.`);
  return fromTrouble(AGE, told, "warning");
}

// ---------------------------------------------------------------- the Identity Store

interface Store {
  readonly findings: readonly Finding[];
  /** The first thing that failed; `undefined` when it can be read. */
  readonly missing: string | undefined;
}

async function checkStore(questions: AwsQuestions): Promise<Store> {
  const { config, side, noStore, signal } = questions;
  if (noStore !== undefined)
    return { findings: [STORE, ...RIGHTS].map((one) => notChecked(one, noStore)), missing: noStore };
  if (config.awsRead === "scim")
    return {
      findings: [ok(STORE, "AWS_READ=scim reads over SCIM alone, so no Identity Store right is needed.")],
      missing: undefined,
    };
  const id = await attempt(signal, () => side.storeId());
  if ("error" in id) {
    const rest = RIGHTS.map((one) => notChecked(one, "the Identity Store is not known"));
    return {
      findings: [fromError(STORE, id.error), ...rest],
      missing: "the Identity Store is not known",
    };
  }
  const how =
    config.identityStoreId === undefined ? "the one active instance has it" : "IDENTITY_STORE_ID names it";
  const rights = await checkRights(questions, id.value);
  const lacking = rights.filter(({ level }) => level === "error").map(({ what }) => what);
  return {
    findings: [ok(STORE, `It is ${id.value}: ${how}.`), ...rights],
    missing: lacking.some((what) => what.includes("List")) ? "a right to read is missing" : undefined,
  };
}

/** An id that nobody has: a refusal for want of the right comes before the answer that there is no such object. */
const NOBODY = targetId("00000000-0000-4000-8000-000000000000");

async function checkRights({ side, signal }: AwsQuestions, storeId: string): Promise<readonly Finding[]> {
  const reader = identityStore(side.store, storeId);
  const asks: Readonly<Record<Action, () => Promise<unknown>>> = {
    ListUsers: () => firstPage(reader.users(signal)),
    ListGroups: () => firstPage(reader.groups(signal)),
    ListGroupMemberships: () => firstPage(reader.members(NOBODY, signal)),
    DescribeUser: () => describeUser(side.store, storeId, NOBODY, signal),
    DescribeGroup: () => describeGroup(side.store, storeId, NOBODY, signal),
  };
  return Promise.all(ACTIONS.map((action) => rightFinding(action, asks[action], signal)));
}

async function firstPage(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pages) return;
}

async function rightFinding(
  action: Action,
  ask: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<Finding> {
  const answer = await attempt(signal, ask);
  // The question was allowed, even where there is just no such object.
  if ("value" in answer || isAbsent(answer.error)) return ok(right(action), "AWS answers.");
  // Describing is only needed for the first object of an empty directory.
  return fromError(right(action), answer.error, action.startsWith("Describe") ? "warning" : "error");
}

// ---------------------------------------------------------------- everything

async function checkReading(
  { config, side, signal }: AwsQuestions,
  token: Finding,
  store: Store,
): Promise<AwsFound> {
  const refused = token.level === "ok" ? undefined : "the SCIM endpoint does not take the token";
  const because = store.missing ?? (config.awsRead === "identitystore" ? undefined : refused);
  if (because !== undefined) return unread(because);
  const started = performance.now();
  const read = await attempt(signal, () => side.readExisting());
  const readingMs = performance.now() - started;
  if ("error" in read)
    return {
      findings: [fromError(READING, read.error), notChecked(SAME, "AWS could not be read")],
      existing: undefined,
      readingMs,
    };
  const same =
    refused === undefined ? await sameFinding(side, read.value, signal) : notChecked(SAME, refused);
  return { findings: [readingFinding(read.value), same], existing: read.value, readingMs };
}

const unread = (because: string): AwsFound => ({
  findings: [notChecked(READING, because), notChecked(SAME, because)],
  existing: undefined,
  readingMs: 0,
});

const readingFinding = ({ users, groups }: Existing): Finding =>
  ok(READING, `It holds ${plural(users.length, "user")} and ${plural(groups.length, "group")}.`);

async function sameFinding(side: AwsSide, existing: Existing, signal: AbortSignal): Promise<Finding> {
  const answer = await attempt(signal, () => side.sameDirectory(existing));
  if ("error" in answer) return fromError(SAME, answer.error);
  return answer.value.state === "same"
    ? ok(SAME, "The SCIM endpoint and what is read are one directory.")
    : ok(SAME, "Both are empty; a run makes sure with the first object it creates.");
}
