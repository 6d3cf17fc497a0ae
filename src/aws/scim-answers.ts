import { z } from "zod";
import { type ExistingUser, targetId } from "../core/model.ts";
import { TargetError } from "./errors.ts";
import { type GroupFacts, wholeSeconds } from "./reading.ts";

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const id = z.string().min(1).transform(targetId);
/** What is asked of an answer when only the id counts. */
export const Made = z.object({ id });

/** A user as SCIM tells it; what it leaves out is an empty text, and `active` when it does not say. */
export const UserAnswer = z
  .object({
    id,
    externalId: text,
    userName: text,
    name: z.object({ givenName: text, familyName: text }).nullish(),
    displayName: text,
    emails: z.array(z.object({ value: text, primary: z.boolean().nullish() })).nullish(),
    active: z.boolean().nullish(),
  })
  .transform((user): ExistingUser => ({
    id: user.id,
    externalId: user.externalId,
    userName: user.userName,
    email: (user.emails?.find(({ primary }) => primary === true) ?? user.emails?.[0])?.value ?? "",
    givenName: user.name?.givenName ?? "",
    familyName: user.name?.familyName ?? "",
    displayName: user.displayName,
    active: user.active ?? true,
  }));

/** A group as SCIM tells it, which is without its members. */
export const GroupAnswer = z
  .object({ id, externalId: text, displayName: text, meta: z.object({ created: text }).nullish() })
  .transform((group): GroupFacts => ({
    id: group.id,
    externalId: group.externalId,
    name: group.displayName,
    createdAt: wholeSeconds(group.meta?.created),
  }));

/** The answer in the expected form, or a `TargetError` that says where it differs. */
export function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new TargetError({
    why: `The SCIM endpoint's answer is not in the expected form (${where === "" ? "the whole" : where}) when asked to ${what}`,
    todo: "check for a proxy in between, and report it",
  });
}
