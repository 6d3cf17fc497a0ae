/** Who leaves first. */
import type { Existing } from "../../src/core/model.ts";
import { low, markAnew, suspendedMarkOf, whose } from "./claims.ts";
import type { Question } from "./verdict.ts";

/**
 * The first step of every run: whoever is ours, enabled, and suspended, archived or gone, is disabled and marked. Of a
 * listing without anybody nothing can be right. Whoever was revoked before keeps that mark.
 */
export function withoutLeavers(
  { source, existing, rules }: Pick<Question, "source" | "existing" | "rules">,
  today: string,
): Existing {
  if (source.users.length === 0 || !rules.manage.users) return existing;
  const users = existing.users.map((user) => {
    const { kind, of } = whose(user);
    const account = source.users.find(({ id }) => id === of);
    const isSpared = [user.userName, user.email, account?.email ?? ""].some((address) =>
      rules.ignoreUsers.some((entry) => low(entry) === low(address)),
    );
    const stays = of === "" || !user.active || isSpared || account?.state === "active";
    const marked = kind === "marked" ? markAnew(user.externalId) : suspendedMarkOf(of, today);
    return stays ? user : { ...user, active: false, externalId: marked };
  });
  return { ...existing, users };
}
