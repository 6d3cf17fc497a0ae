/** What people may name a user or a group by, on either side: ids, addresses, and what a group is called. */
import type { ExistingGroup, ExistingUser, SourceGroup, SourceUser } from "./model.ts";

export const accountNames = ({ id, email, aliases }: SourceUser): readonly string[] => [
  id,
  email,
  ...aliases,
];

export const sourceGroupNames = ({ id, email, name, aliases }: SourceGroup): readonly string[] => [
  ...[id, email, name],
  ...aliases,
];

export const existingUserNames = (user: ExistingUser): readonly string[] => [
  ...[user.id, user.externalId],
  ...[user.userName, user.email],
];

export const existingGroupNames = ({ id, externalId, name }: ExistingGroup): readonly string[] => [
  ...[id, externalId],
  name,
];
