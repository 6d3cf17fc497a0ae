/** SCIM groups: create, patch, delete. Members go in and out, and are never shown. */
import type { AwsDirectory, AwsGroup } from "./aws-directory.ts";
import {
  duplicate,
  missing,
  replacesMembers,
  scimError,
  tooManyWithoutPath,
  unparsable,
} from "./scim-errors.ts";
import { groupShape, groupUrn, memberShape, partialGroupShape, patchShape } from "./scim-shapes.ts";
import type { PatchOperation } from "./scim-shapes.ts";
import { accept, metaOf, ownExternalId } from "./scim-users.ts";
import { isObject, refuse } from "./wire.ts";

const most = 100;

export function groupResource(aws: AwsDirectory, one: AwsGroup): Record<string, unknown> {
  const externalId = ownExternalId(aws, one);
  return {
    id: one.id,
    ...(externalId === undefined ? {} : { externalId }),
    meta: metaOf("Group", one),
    schemas: [groupUrn],
    displayName: one.displayName,
  };
}

export function getGroup(aws: AwsDirectory, id: string): AwsGroup {
  return aws.groups.find((one) => one.id === id) ?? missing("GROUP");
}

export function createGroup(aws: AwsDirectory, body: unknown): AwsGroup {
  const { displayName, externalId, members = [] } = accept(aws, groupShape, body);
  if (members.length > most) return unparsable();
  refuseDuplicates(aws, undefined, { displayName, ...(externalId === undefined ? {} : { externalId }) });
  const known = knownMembers(
    aws,
    members.map((member) => member.value),
  );
  const made = aws.addGroup({ displayName, ...(externalId === undefined ? {} : { externalId }) });
  for (const id of new Set(known)) aws.addMembership(made.id, id);
  return made;
}

export function deleteGroup(aws: AwsDirectory, id: string): void {
  aws.deleteGroup(getGroup(aws, id).id);
}

type MemberStep = { readonly kind: "add" | "remove"; readonly members: readonly string[] };
type Step =
  | { readonly kind: "set"; readonly name: "displayName" | "externalId"; readonly value: string }
  | { readonly kind: "unlink" }
  | MemberStep;

/** All of the operations or none: at most 100 membership changes over the whole request. */
export function patchGroup(aws: AwsDirectory, id: string, body: unknown): void {
  const { Operations } = accept(aws, patchShape, body);
  const group = getGroup(aws, id);
  const steps = Operations.map((operation) => readStep(aws, operation));
  const changes = steps.flatMap((step) => ("members" in step ? step.members : []));
  if (changes.length > most) return unparsable();
  const sets = steps.filter((step) => step.kind === "set");
  refuseDuplicates(aws, group, Object.fromEntries(sets.map((step) => [step.name, step.value])));
  const ready = steps.map((step) => ("members" in step ? checkMembers(aws, group, step) : step));
  for (const step of ready) takeStep(aws, group, step);
  group.updatedAt = aws.now();
}

function readStep(aws: AwsDirectory, { op, path, value }: PatchOperation): Step {
  if (op === "remove") return readRemoval(aws, path, value);
  if (value === undefined) return unparsable();
  const [name, given] = path === undefined ? onlyEntry(value) : [path, value];
  if (name === "members") return op === "replace" ? replacesMembers() : { kind: "add", members: ids(given) };
  if (name !== "displayName" && name !== "externalId") return unparsable();
  const parsed = partialGroupShape.safeParse({ [name]: given }).data?.[name];
  return parsed === undefined ? unparsable() : { kind: "set", name, value: parsed };
}

function readRemoval(aws: AwsDirectory, path: string | undefined, value: unknown): Step {
  const [, one] = /^members\[value eq "([^"]+)"\]$/.exec(path ?? "") ?? [];
  if (one !== undefined) {
    return aws.policy.memberPathFilter === 400 ? unparsable() : { kind: "remove", members: [one] };
  }
  if (path === "externalId") return { kind: "unlink" };
  if (path !== "members") return unparsable();
  const members = Array.isArray(value) && value.length > 0 ? ids(value) : undefined;
  return members === undefined ? replacesMembers() : { kind: "remove", members };
}

/** Without a path only one attribute can be meant; the group's own `id` does not count. */
function onlyEntry(value: unknown): [string, unknown] {
  if (!isObject(value)) return unparsable();
  const entries = Object.entries(value).filter(([name]) => name !== "id");
  const [entry] = entries;
  return entry === undefined || entries.length > 1 ? tooManyWithoutPath() : entry;
}

function ids(value: unknown): string[] {
  const parsed = memberShape.array().min(1).safeParse(value);
  return parsed.success ? parsed.data.map((member) => member.value) : unparsable();
}

function knownMembers(aws: AwsDirectory, members: readonly string[]): string[] {
  const known = members.filter((id) => aws.users.some((one) => one.id === id));
  if (known.length === members.length || aws.policy.unknownMember === 204) return known;
  return aws.policy.unknownMember === 400 ? unparsable() : missing("USER");
}

function checkMembers(aws: AwsDirectory, group: AwsGroup, step: MemberStep): Step {
  const members = knownMembers(aws, step.members);
  const inside = (id: string): boolean =>
    aws.memberships.some((row) => row.groupId === group.id && row.userId === id);
  const { addExistingMember, removeNonMember } = aws.policy;
  if (step.kind === "add" && addExistingMember === 409 && members.some(inside)) return duplicate();
  const stranger = members.some((id) => !inside(id));
  if (step.kind === "remove" && removeNonMember === 404 && stranger) {
    return refuse(scimError(404, "GROUP_MEMBERSHIP does not exist."));
  }
  return { ...step, members };
}

function takeStep(aws: AwsDirectory, group: AwsGroup, step: Step): void {
  switch (step.kind) {
    case "set":
      group[step.name] = step.value;
      if (step.name === "externalId") group.issuer = aws.issuer;
      return;
    case "unlink":
      delete group.externalId;
      delete group.issuer;
      return;
    case "add":
      for (const id of step.members) {
        if (!aws.memberships.some((row) => row.groupId === group.id && row.userId === id)) {
          aws.addMembership(group.id, id);
        }
      }
      return;
    case "remove":
      for (const id of step.members) aws.removeMembership(group.id, id);
      return;
  }
}

/** Names without case, external ids as they are. */
function refuseDuplicates(
  aws: AwsDirectory,
  self: AwsGroup | undefined,
  wanted: { readonly displayName?: string; readonly externalId?: string },
): void {
  const clash = aws.groups.some(
    (one) =>
      one !== self &&
      (one.displayName.toLowerCase() === wanted.displayName?.toLowerCase() ||
        (wanted.externalId !== undefined && ownExternalId(aws, one) === wanted.externalId)),
  );
  if (clash) duplicate();
}
