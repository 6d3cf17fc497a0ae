import type { Cause, Change, Kind, Leaving } from "./change.ts";
import type { TargetId, SourceId } from "./model.ts";
import type { Reason } from "./reason.ts";
import type { Ref } from "./ref.ts";

type Words = { readonly [C in Reason["code"]]: (reason: Extract<Reason, { readonly code: C }>) => string };

const quoted = (text: string): string => JSON.stringify(text);
const listed = (refs: readonly Ref[]): string => refs.map(({ label }) => label).join(", ");
const held = ({ kind, label, target }: Ref): string =>
  target === undefined || target === label ? `the ${kind} ${label}` : `the ${kind} ${label} (${target})`;

/** Why, each as the second half of a sentence about whom it is about, without a full stop. */
const REASONS: Words = {
  ignored: ({ setting, pattern }) => `${setting} has ${quoted(pattern)}, which matches`,
  protected: ({ by, pattern, name }) =>
    by === "control-tower"
      ? `${quoted(name)} is one of Control Tower's groups, which are never touched`
      : `PROTECT_GROUPS has ${quoted(pattern)}, which matches the name ${quoted(name)}`,
  foreign: () => "it belongs to another identity provider",
  unmanaged: () => "it was made by hand",
  contested: () => "it was made by hand, and several groups in Google want its name",
  "not-included": () => "INCLUDE_GROUPS does not name it",
  "no-name": () => "its name has no character that AWS accepts; give it another one in Google",
  "name-wanted-twice": ({ name, rivals, keeps }) => {
    const wanted = `${listed(rivals)} also ${rivals.length === 1 ? "wants" : "want"} the name ${quoted(name)}`;
    return keeps === undefined
      ? `${wanted}; rename one of them in Google`
      : `${wanted}, so this one stays ${quoted(keeps)} and its members are still synced; rename one of them in Google`;
  },
  "name-unmanaged": ({ holder }) =>
    `${held(holder)} has this name and was made by hand; ADOPT=unclaimed would take it over`,
  "name-foreign": ({ holder, externalId }) =>
    `${held(holder)} has this name and belongs to another identity provider (${externalId}); ADOPT=any would take it over`,
  "name-ignored": ({ holder }) =>
    `${held(holder)} has this name and is ignored or protected, so it is left as it is`,
  "name-taken": ({ detail }) => detail,
  "email-taken": ({ detail }) => detail,
  kept: ({ detail }) => detail,
  "address-unusable": () =>
    "AWS allows 1 to 128 characters in a user name, without white space or control characters",
  external: () => "not an account of this Google customer",
  "outside-group": () => "a group of another Google customer, which does not show its members",
  "not-a-person": () => "neither a user nor a group",
  "out-of-scope": () => "USER_MATCH leaves it out",
  suspended: ({ state }) => `${state} in Google, and SYNC_SUSPENDED=false`,
  "never-seen": () => "suspended or archived in Google, and not in AWS yet",
  unresolved: () => "not in AWS",
  "not-linked": () => "MANAGE does not list groups, and AWS has no group with this Google id",
  doubted: () => "not enabled as long as it is unsure whether a membership that they would get back is gone",
  "still-member": () => "due for deletion, but still a member of a managed group",
  "still-has-members": ({ count }) =>
    `due for deletion, but it still has ${count === 1 ? "1 member" : `${count} members`} that this sync does not manage`,
  "name-left-out": () => "the name it needs is given up by a change that `only` leaves out",
  "party-left-out": ({ missing }) =>
    `the ${missing} is not there yet, or revoked, and \`only\` does not name it`,
};

/** Why, as the second half of a sentence, without a full stop. */
export function reasonText(reason: Reason): string {
  const tell: (reason: never) => string = REASONS[reason.code];
  return tell(reason as never);
}

/** A change as people and logs see it: flat, with stable keys (contract §8). */
export interface Record_ {
  readonly action: Kind;
  /** A user's address or a group's name. */
  readonly subject: string;
  /** The Google id where there is one, as it is after the change; `""` without. */
  readonly externalId: string;
  /** `""` for what does not exist yet. */
  readonly targetId: string;
  /** What differed, before and after; for memberships, who. */
  readonly detail: Detail;
  readonly reason: string;
}

export interface Detail {
  readonly before?: Readonly<Record<string, string | boolean>>;
  readonly after?: Readonly<Record<string, string | boolean>>;
  readonly members?: readonly string[];
}

const CAUSES: Readonly<Record<Cause, string>> = {
  gone: "Google has it no more",
  suspended: "suspended or archived in Google",
  archived: "archived in Google",
  "out-of-scope": "in Google, but the settings ask for it no more",
  unmanaged: "made by hand, and REMOVE_UNMANAGED=true",
  differs: "Google has it so",
  adopted: "taken over: it has the name of one in Google",
  "handed-over": "taken over from a Google group that is gone, with approval",
  returned: "it is back in Google",
  marked: "revoked earlier, and enabled again by somebody",
  "moved-aside": "revoked, and its name is needed",
  parked: "two objects trade names: this one waits aside for a moment",
};

const LEAVINGS: Readonly<Record<Leaving, string>> = {
  left: "no member in Google",
  "user-revoked": "the user is revoked",
  "group-revoked": "the group is revoked",
};

/** The one description of a change, for the audit line and for the terminal alike. */
export function describe(change: Change): Record_ {
  switch (change.kind) {
    case "user.create": {
      const { externalId, userName, ...after } = change.user;
      return record(change.kind, userName, externalId, "", { after }, "Google has it, the target does not");
    }
    case "group.create":
      return record(
        change.kind,
        change.group.label,
        change.group.externalId,
        "",
        { members: change.members.map((member) => member.label) },
        "Google has it, the target does not",
      );
    case "members.add":
      return record(
        change.kind,
        change.group.label,
        change.group.externalId,
        "",
        { members: change.users.map((user) => user.label) },
        "members in Google",
      );
    case "members.remove": {
      const why = [...new Set(change.users.map((user) => LEAVINGS[user.because]))].join("; ");
      const members = change.users.map((user) => user.label);
      const { label, externalId, id } = change.group;
      return record(change.kind, label, externalId, id, { members }, why);
    }
    case "user.delete":
    case "group.delete": {
      const { before, since } = change;
      const subject = "userName" in before ? before.userName : before.name;
      return record(change.kind, subject, before.externalId, change.id, {}, `revoked since ${since}`);
    }
    default:
      return patched(change);
  }
}

type Patched = Extract<Change, { readonly cause: Cause }>;

function patched({ kind, id, before, patch, cause }: Patched): Record_ {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const detail = {
    before: Object.fromEntries(Object.keys(patch).map((key) => [key, old[key] as string | boolean])),
    after: { ...patch } as Readonly<Record<string, string | boolean>>,
  };
  const subject = "userName" in before ? before.userName : before.name;
  return record(kind, subject, patch.externalId ?? before.externalId, id, detail, CAUSES[cause]);
}

function record(
  action: Kind,
  subject: string,
  externalId: SourceId | string,
  id: TargetId | "",
  detail: Detail,
  reason: string,
): Record_ {
  return { action, subject, externalId, targetId: id, detail, reason };
}
