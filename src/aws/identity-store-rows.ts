/** Users and groups as the Identity Store lists them. What it does not tell of one is asked over SCIM, by its id. */
import { z } from "zod";
import { type ExistingUser, type TargetId, targetId } from "../core/model.ts";
import { isAboutOne } from "./errors.ts";
import { Id } from "./ids.ts";
import { type GroupFacts, wholeSeconds } from "./reading.ts";
import type { LookUps } from "./scim-reading.ts";

/** One object over SCIM. */
export type ById = Pick<LookUps, "user" | "group">;

/** Who SCIM's own external ids come from; seen in several places, stated by AWS in none. */
const SCIM_ISSUER = "https://scim.aws.com/";

/** What is asked of any row: without an id nobody knows who it is about. */
export const Row = (key: string) =>
  z.looseObject({ [key]: Id }).transform((row): StoreRow => ({ id: targetId(String(row[key])), row }));

interface StoreRow {
  readonly id: TargetId;
  readonly row: Readonly<Record<string, unknown>>;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const externalIds = z
  .array(z.object({ Issuer: text, Id: text }))
  .nullish()
  .transform((ids) => {
    const own = (ids ?? []).filter(({ Issuer }) => Issuer.startsWith(SCIM_ISSUER));
    const [ours] = own;
    const [foreign] = ids ?? [];
    return {
      externalId: ours?.Id ?? (foreign === undefined ? "" : `${foreign.Issuer}#${foreign.Id}`),
      /** Of several endpoints' ids, this one's is known to the endpoint alone. */
      isSure: own.length < 2,
    };
  });

/** What a row says, and whether it says all that counts. */
interface Told<T> {
  readonly told: T;
  readonly isSure: boolean;
}

const STATUS = new Map([
  ["ENABLED", true],
  ["DISABLED", false],
]);

const User = z
  .object({
    UserId: z.string(),
    UserName: text,
    ExternalIds: externalIds,
    Name: z.object({ GivenName: text, FamilyName: text }).nullish(),
    DisplayName: text,
    Emails: z.array(z.object({ Value: text, Primary: z.boolean().nullish() })).nullish(),
    UserStatus: z.string().nullish(),
  })
  .transform((user): Told<ExistingUser> => {
    const active = STATUS.get(user.UserStatus ?? "");
    return {
      isSure: active !== undefined && user.ExternalIds.isSure,
      told: {
        id: targetId(user.UserId),
        externalId: user.ExternalIds.externalId,
        userName: user.UserName,
        email: (user.Emails?.find(({ Primary }) => Primary === true) ?? user.Emails?.[0])?.Value ?? "",
        givenName: user.Name?.GivenName ?? "",
        familyName: user.Name?.FamilyName ?? "",
        displayName: user.DisplayName,
        // Where nobody tells, this changes least: whoever has to go is disabled, and nobody is enabled.
        active: active ?? true,
      },
    };
  });

const Group = z
  .object({
    GroupId: z.string(),
    DisplayName: text,
    ExternalIds: externalIds,
    CreatedAt: z.date().nullish().catch(undefined),
  })
  .transform((group): Told<GroupFacts> => ({
    isSure: group.ExternalIds.isSure,
    told: {
      id: targetId(group.GroupId),
      externalId: group.ExternalIds.externalId,
      name: group.DisplayName,
      createdAt: wholeSeconds(group.CreatedAt),
    },
  }));

/** The pages with each row understood, without those who are gone meanwhile. */
export async function* settled<T>(
  pages: AsyncIterable<readonly StoreRow[]>,
  understand: (row: StoreRow) => Promise<T | undefined>,
): AsyncGenerator<readonly T[]> {
  for await (const page of pages)
    yield (await Promise.all(page.map(understand))).filter((one) => one !== undefined);
}

/** `undefined` when SCIM, asked about what the row does not tell, knows nobody of this id any more. */
export async function userOf({ id, row }: StoreRow, scim: ById): Promise<ExistingUser | undefined> {
  const parsed = User.safeParse(row).data;
  if (parsed?.isSure === true) return parsed.told;
  const now = await orRefused(scim.user(id), parsed?.told);
  if (now === undefined || parsed === undefined) return now && claimed(now, row);
  return { ...parsed.told, active: now.active, externalId: now.externalId || parsed.told.externalId };
}

/** The same of a group. */
export async function groupOf({ id, row }: StoreRow, scim: ById): Promise<GroupFacts | undefined> {
  const parsed = Group.safeParse(row).data;
  if (parsed?.isSure === true) return parsed.told;
  const now = await orRefused(scim.group(id), parsed?.told);
  if (now === undefined || parsed === undefined) return now && claimed(now, row);
  return { ...parsed.told, externalId: now.externalId || parsed.told.externalId };
}

/** A refusal about this one object (403) leaves what the row told. */
async function orRefused<T>(asked: Promise<T | undefined>, told: T | undefined): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!isAboutOne(error) || told === undefined) throw error;
    return told;
  }
}

/** SCIM shows no other provider's id: what has ids in the row that cannot be read is not taken for free. */
const claimed = <T extends { readonly externalId: string }>(
  now: T,
  { ExternalIds: ids }: StoreRow["row"],
): T =>
  now.externalId === "" && ids !== undefined && ids !== null && JSON.stringify(ids) !== "[]"
    ? { ...now, externalId: "unreadable#" }
    : now;
