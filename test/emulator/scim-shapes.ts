/** What IAM Identity Center accepts as values: lengths, characters, and which attributes there are. */
import { z } from "zod";

const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User";
export const enterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const userUrns = { core: coreUser, enterprise: enterpriseUser };
export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** Letters, marks, symbols, numbers, punctuation and six kinds of space; no control or format characters. */
const text = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \u00A0\u3000]+$/u);
const word = (most: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u);
const reserved = ["Administrator", "AWSAdministrators"];
const free = (value: string): boolean => !reserved.includes(value);
const flag = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i)
    .transform((value) => value.toLowerCase() === "true"),
]);

export const nameShape = z.strictObject({
  formatted: text.optional(),
  familyName: text,
  givenName: text,
  middleName: text.optional(),
  honorificPrefix: text.optional(),
  honorificSuffix: text.optional(),
});

const enterpriseShape = z.strictObject({
  employeeNumber: text.optional(),
  costCenter: text.optional(),
  organization: text.optional(),
  division: text.optional(),
  department: text.optional(),
  manager: z.strictObject({ value: text, $ref: text.optional() }).optional(),
});

const addressShape = z.strictObject({
  formatted: text.optional(),
  streetAddress: text.optional(),
  locality: text.optional(),
  region: text.optional(),
  postalCode: text.optional(),
  country: text.optional(),
  type: text.optional(),
  primary: z.boolean().optional(),
});
const valueShape = z.strictObject({
  value: text,
  type: text.optional(),
  primary: z.boolean().optional(),
});

/** At most one e-mail, address, phone number and role; an e-mail is the primary one. */
export const userShape = z.strictObject({
  schemas: z.array(z.string()).optional(),
  id: z.string().optional(),
  externalId: word(256).optional(),
  userName: word(128).refine(free),
  name: nameShape,
  displayName: text,
  nickName: text.optional(),
  profileUrl: text.optional(),
  title: text.optional(),
  userType: text.optional(),
  preferredLanguage: text.optional(),
  locale: text.optional(),
  timezone: text.optional(),
  active: flag.optional(),
  emails: z
    .array(z.strictObject({ value: text, type: text.optional(), primary: z.literal(true) }))
    .max(1)
    .optional(),
  addresses: z.array(addressShape).max(1).optional(),
  phoneNumbers: z.array(valueShape).max(1).optional(),
  roles: z.array(valueShape).max(1).optional(),
  [enterpriseUser]: enterpriseShape.optional(),
});
export type UserBody = z.infer<typeof userShape>;

/** For PATCH: any part alone, under the same rules. */
export const partialUserShape = userShape
  .omit({ schemas: true, id: true, roles: true })
  .extend({ name: nameShape.partial() })
  .partial();

export const memberShape = z.strictObject({
  value: z.string().min(1),
  type: z.string().optional(),
  $ref: z.string().optional(),
});

export const groupShape = z.strictObject({
  schemas: z.array(z.string()).optional(),
  id: z.string().optional(),
  externalId: word(256).optional(),
  displayName: text.refine(free),
  members: z.array(memberShape).optional(),
});

export const partialGroupShape = groupShape.pick({ externalId: true, displayName: true }).partial();

/** `op` is read without case, as CloudTrail shows requests in capitals. */
export const patchShape = z.object({
  schemas: z.array(z.string()).optional(),
  Operations: z
    .array(
      z.strictObject({
        op: z
          .string()
          .toLowerCase()
          .pipe(z.enum(["add", "replace", "remove"])),
        path: z.string().min(1).optional(),
        value: z.unknown().optional(),
      }),
    )
    .min(1),
});
export type PatchOperation = z.infer<typeof patchShape>["Operations"][number];

/** `<>;:%`, tabs and newlines anywhere in the values. */
export function holdsDisputedText(value: unknown): boolean {
  if (typeof value === "string") return /[<>;%\t\n\r]/.test(value) || /:(?!\/\/)/.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([name, inner]) => !["schemas", "path"].includes(name) && holdsDisputedText(inner),
  );
}
