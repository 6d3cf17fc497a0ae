import type { Cause, Change, Kind, Leaving } from "./change.ts";
import type { TargetId, SourceId } from "./model.ts";

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
