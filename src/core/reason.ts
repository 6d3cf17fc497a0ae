/** Something of the source that does not reach the target, or not as asked, and why. */
export interface Skip {
  readonly code: SkipCode;
  /** A person or a group: an address, or a name. */
  readonly subject: string;
  /** The group in which it was met, when it is about a membership. */
  readonly within: string;
  /** One sentence. */
  readonly reason: string;
  /** True when somebody has to act: it makes the run `attention`. */
  readonly attention: boolean;
}

const SENTENCES = {
  ignored: ["IGNORE_USERS or IGNORE_GROUPS names it", false],
  protected: ["the name is protected", true],
  "not-included": ["INCLUDE_GROUPS does not name it", false],
  "no-name": ["its name has no character that AWS accepts; give it a name in Google", true],
  "name-wanted-twice": ["its name is wanted twice", true],
  "name-unmanaged": ["its name is taken by an object made by hand", true],
  "name-foreign": ["its name is taken by another identity provider's object", true],
  "name-ignored": ["its name is taken by an ignored object", false],
  "name-taken": ["its name is taken", true],
  "email-taken": ["its e-mail is held by another user", true],
  "address-unusable": ["AWS accepts no such user name", true],
  external: ["it is no account of this Google customer", false],
  "outside-group": [
    "the nested group belongs to another Google customer, which does not show its members",
    false,
  ],
  "not-a-person": ["it is neither a user nor a group", false],
  "out-of-scope": ["USER_MATCH leaves it out", false],
  suspended: ["it is suspended or archived in Google, and SYNC_SUSPENDED=false", false],
  "never-seen": ["it is suspended or archived in Google and the target has never seen it", false],
  unresolved: ["it is not in the target", false],
  "not-linked": ["MANAGE does not list groups, and the target has no group with this Google id", false],
  kept: ["it is kept for now", false],
} as const satisfies Record<string, readonly [string, boolean]>;

export type SkipCode = keyof typeof SENTENCES;

export function skip(
  code: SkipCode,
  subject: string,
  more: { readonly within?: string; readonly detail?: string } = {},
): Skip {
  const [sentence, attention] = SENTENCES[code];
  return { code, subject, within: more.within ?? "", reason: more.detail ?? sentence, attention };
}
