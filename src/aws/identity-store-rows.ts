/** Users and groups as the Identity Store lists them. What it does not tell of one is asked over SCIM, by its id. */
import { z } from "zod";
import type { ExistingUser, TargetId } from "../core/model.ts";
import { detailsIn } from "./details.ts";
import { isAboutOne } from "./errors.ts";
import { Id } from "./ids.ts";
import { type Odd, withoutId } from "./odd.ts";
import { type GroupFacts, wholeSeconds } from "./reading.ts";
import type { LookUps } from "./scim-reading.ts";
import { text, userKnown } from "./scim-shapes.ts";

/** One object over SCIM. */
export type ById = Pick<LookUps, "user" | "group">;

/** Who SCIM's own external ids come from; seen in several places, stated by AWS in none. */
const SCIM_ISSUER = "https://scim.aws.com/";

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

/** The name of the extension with the enterprise attributes; told only where it is asked for. */
export const ENTERPRISE = "aws:identitystore:enterprise";

const User = z
  .looseObject({
    UserId: Id,
    UserName: text,
    ExternalIds: externalIds,
    Name: z.object({ GivenName: text, FamilyName: text }).nullish(),
    DisplayName: text,
    Emails: z.array(z.object({ Value: text, Primary: z.boolean().nullish() })).nullish(),
    UserStatus: z.string().nullish(),
    Extensions: z.record(z.string(), z.unknown()).nullish().catch(undefined),
    CreatedAt: z.date().nullish().catch(undefined),
  })
  .transform((user): Told<ExistingUser> => {
    const active = STATUS.get(user.UserStatus ?? "");
    return {
      isSure: active !== undefined && user.ExternalIds.isSure,
      told: {
        id: user.UserId,
        externalId: user.ExternalIds.externalId,
        userName: user.UserName,
        email: (user.Emails?.find(({ Primary }) => Primary === true) ?? user.Emails?.[0])?.Value ?? "",
        givenName: user.Name?.GivenName ?? "",
        familyName: user.Name?.FamilyName ?? "",
        displayName: user.DisplayName,
        // Where nobody tells, this changes least: whoever has to go is disabled, and nobody is enabled.
        active: active ?? true,
        createdAt: wholeSeconds(user.CreatedAt),
        ...detailsIn(user, user.Extensions?.[ENTERPRISE]),
      },
    };
  });

const Group = z
  .object({
    GroupId: Id,
    DisplayName: text,
    ExternalIds: externalIds,
    CreatedAt: z.date().nullish().catch(undefined),
  })
  .transform((group): Told<GroupFacts> => ({
    isSure: group.ExternalIds.isSure,
    told: {
      id: group.GroupId,
      externalId: group.ExternalIds.externalId,
      name: group.DisplayName,
      createdAt: wholeSeconds(group.CreatedAt),
    },
  }));

/** What a row tells of itself, however odd it is otherwise: enough to know whose it is. */
const Known = z
  .object({
    UserId: Id.optional().catch(undefined),
    GroupId: Id.optional().catch(undefined),
    UserName: text.catch(""),
    DisplayName: text.catch(""),
    ExternalIds: externalIds.catch({ externalId: "", isSure: false }),
  })
  .catch({
    ...{ UserId: undefined, GroupId: undefined, UserName: "", DisplayName: "" },
    ExternalIds: { externalId: "", isSure: false },
  });

/** The pages with each row understood, without those who are gone meanwhile. */
export async function* settled<T>(
  pages: AsyncIterable<readonly unknown[]>,
  understand: (row: unknown) => Promise<T | undefined>,
): AsyncGenerator<readonly T[]> {
  for await (const page of pages)
    yield (await Promise.all(page.map(understand))).filter((one) => one !== undefined);
}

/** `undefined` when SCIM, asked about what the row does not tell, knows nobody of this id any more. */
export async function userOf(row: unknown, scim: ById, odd: Odd): Promise<ExistingUser | undefined> {
  const parsed = User.safeParse(row).data;
  if (parsed?.isSure === true) return parsed.told;
  const { UserId: id, UserName: userName, ExternalIds } = Known.parse(row);
  const known = userKnown({ id: id ?? withoutId("user", odd), userName, externalId: ExternalIds.externalId });
  if (id === undefined) return known;
  const now = await orUnread(scim.user(id), parsed?.told, known, odd);
  if (now === undefined || parsed === undefined) return now && claimed(now, row);
  return { ...parsed.told, active: now.active, externalId: now.externalId || parsed.told.externalId };
}

/** The same of a group. */
export async function groupOf(row: unknown, scim: ById, odd: Odd): Promise<GroupFacts | undefined> {
  const parsed = Group.safeParse(row).data;
  if (parsed?.isSure === true) return parsed.told;
  const { GroupId: id, DisplayName: name, ExternalIds } = Known.parse(row);
  const known = { name, externalId: ExternalIds.externalId, createdAt: "" };
  if (id === undefined) return { ...known, id: withoutId("group", odd) };
  const now = await orUnread(scim.group(id), parsed?.told, { ...known, id }, odd);
  if (now === undefined || parsed === undefined) return now && claimed(now, row);
  return { ...parsed.told, externalId: now.externalId || parsed.told.externalId };
}

/** What SCIM does not show of this one object leaves what the row told; where that is not enough, it is unread. */
async function orUnread<T extends { readonly id: TargetId }>(
  asked: Promise<T | undefined>,
  told: T | undefined,
  known: T,
  odd: Odd,
): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!isAboutOne(error)) throw error;
    if (told === undefined) odd.set(known.id, error);
    return told ?? known;
  }
}

/** SCIM shows no other provider's id: what has ids in the row that cannot be read is not taken for free. */
function claimed<T extends { readonly externalId: string }>(now: T, row: unknown): T {
  const ids = z.object({ ExternalIds: z.unknown() }).safeParse(row).data?.ExternalIds;
  return now.externalId === "" && ids !== undefined && ids !== null && JSON.stringify(ids) !== "[]"
    ? { ...now, externalId: "unreadable#" }
    : now;
}
