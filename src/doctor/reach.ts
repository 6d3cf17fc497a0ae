import { count } from "../core/count.ts";
import type { Source } from "../core/model.ts";
import { domainOf } from "../core/names.ts";
import { check, fine, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Tokens } from "./google-tokens.ts";
import { firstFew } from "./report.ts";

/**
 * A role for one organizational unit, or for some groups, makes listings shorter and says nothing. What gives it away is
 * whoever is in a group, has an address of the company, and is in no listing.
 */
export const reachCheck = (access: Check<Tokens>, reading: Check<{ readonly whole: Source }>): Check =>
  check("google.reach", "Reach of the service account's role", { access, reading }, (given) => {
    if (given.access.admin !== null) return fine(undefined);
    const { users, groups } = shownInGroupsOnly(given.reading.whole);
    const what = [
      ...(users.length > 0 ? [`${count(users.length, "person", "people")} (${firstFew(users)})`] : []),
      ...(groups.length > 0 ? [`${count(groups.length, "group")} (${firstFew(groups)})`] : []),
    ];
    return what.length === 0
      ? ok("Google lists whoever is in a group and has an address of this company")
      : warning(
          `${what.join(" and ")} with an address of this company can be seen in groups, but not by themselves: the role of the service account may not reach them`,
          "assign the role for the whole account instead of one organizational unit, and for all groups, in the Admin console under Account › Admin roles",
        );
  });

/** Addresses of the company's domains that rows of groups have, and of which Google shows no more. */
function shownInGroupsOnly({ users, members, unread }: Source) {
  const known = new Set(users.map(({ id }) => id));
  const domains = new Set(users.map(({ email }) => domainOf(email)));
  const rows = [...members.values()].flat().filter(({ email }) => domains.has(domainOf(email)));
  const addresses = (some: typeof rows) => [...new Set(some.map(({ email }) => email))].toSorted();
  return {
    users: addresses(rows.filter(({ type, id }) => type === "user" && id !== "" && !known.has(id))),
    groups: addresses(rows.filter(({ type, id }) => type === "group" && unread.has(id))),
  };
}
