/** What a group is called in the target: `GROUP_NAME`, and the exceptions of `GROUP_NAMES`. */
import type { GroupField, GroupTemplate, Rules, SourceGroup } from "./model.ts";
import { cleanText } from "./names.ts";

const FIELDS = ["name", "email", "email.local"] as const satisfies readonly GroupField["field"][];

/**
 * Reads a template; or says everything that is wrong with it, each as a sentence without a full stop.
 *
 * ```text
 * template = { text | "{" field [ "-" prefix ] "}" }     with one field or more
 * field    = "name" | "email" | "email.local"            case does not matter
 * text, prefix = any characters but { and }
 * ```
 *
 * A field with a prefix is without that prefix, once, if it begins with it in whatever case, and otherwise as it is:
 * `{email.local-aws-}` makes `admins` of `aws-admins@example.com` and of `admins@example.com`. `name` and `email` alone
 * are short for `{name}` and `{email}`.
 */
export function groupTemplate(text: string): GroupTemplate | { readonly wrong: readonly string[] } {
  const short = FIELDS.find((field) => field !== "email.local" && field === text.toLowerCase());
  const written = short === undefined ? text : `{${short}}`;
  const pieces = (written.match(/\{[^{}]*\}|[^{}]+|[{}]/gu) ?? []).map(pieceOf);
  const wrong = [
    ...new Set(pieces.flatMap((piece) => (typeof piece === "object" && "wrong" in piece ? piece.wrong : []))),
  ];
  const good = pieces.flatMap((piece) => (typeof piece === "object" && "wrong" in piece ? [] : [piece]));
  if (wrong.length > 0) return { wrong };
  return good.some((piece) => typeof piece === "object")
    ? { text: short ?? text, pieces: good }
    : { wrong: ["it has no field, so every group would have the same name"] };
}

function pieceOf(part: string): string | GroupField | { readonly wrong: string } {
  if (part === "{" || part === "}") return { wrong: `a ${part} stands alone` };
  if (!part.startsWith("{")) return part;
  const [, word = "", dash, without = ""] = /^\{([^-]*)(-)?(.*)\}$/su.exec(part) ?? [];
  const field = FIELDS.find((one) => one === word.toLowerCase());
  if (field === undefined) return { wrong: `${part} is none of the fields` };
  if (dash !== undefined && without === "") return { wrong: `${part} names no prefix` };
  return { field, without };
}

/** What a group is called, before it is cleaned for the target, and which setting says so. */
export interface GroupCalled {
  readonly by: "GROUP_NAME" | "GROUP_NAMES";
  /** Empty where a field has nothing to give. */
  readonly name: string;
}

/** An exception counts by the group's address, then by its aliases. */
export function groupCalled(group: SourceGroup, { groupName, groupNames }: Naming): GroupCalled {
  for (const address of [group.email, ...group.aliases]) {
    const name = groupNames.get(address);
    if (name !== undefined) return { by: "GROUP_NAMES", name };
  }
  return { by: "GROUP_NAME", name: nameFrom(groupName, group) };
}

type Naming = Pick<Rules, "groupName" | "groupNames">;

/** The name as the target accepts it. */
export const groupNameOf = (group: SourceGroup, naming: Naming): string =>
  cleanText(groupCalled(group, naming).name);

/** A name of text alone would be the same for every group that has nothing to give. */
function nameFrom({ pieces }: GroupTemplate, group: SourceGroup): string {
  const texts = pieces.map((piece) => (typeof piece === "string" ? piece : fieldText(piece, group)));
  const isEmpty = pieces.some((piece, at) => typeof piece === "object" && cleanText(texts[at] ?? "") === "");
  return isEmpty ? "" : texts.join("");
}

function fieldText({ field, without }: GroupField, { name, email }: SourceGroup): string {
  const whole = field === "name" ? name : field === "email" ? email : email.slice(0, email.lastIndexOf("@"));
  if (without === "") return whole;
  // What nobody sees must not hide a prefix.
  const text = cleanText(whole);
  const begins = text.slice(0, without.length).toLowerCase() === without.toLowerCase();
  return begins ? text.slice(without.length) : text;
}
