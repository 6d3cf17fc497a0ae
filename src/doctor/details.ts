/** Whether what ATTRIBUTES lists is in Google, and fit for access control. */
import { sourceFields, labelOf } from "../core/attributes.ts";
import type { UserDetail } from "../core/attributes.ts";
import { count } from "../core/count.ts";
import { customName } from "../core/source-field.ts";
import type { DesiredUser, Rules, Source } from "../core/model.ts";
import type { Situation } from "../core/plan.ts";
import { check, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import { firstFew } from "./report.ts";

interface Sides {
  readonly source: Source;
  readonly situation: Situation;
}

export const detailChecks = (company: Check<Sides>, { details }: Rules): readonly Check[] =>
  details.size === 0
    ? []
    : [
        check("attributes.fields", "Custom fields", { company }, ({ company: { source } }) =>
          fieldsVerdict(source, details),
        ),
        check("attributes.tags", "Session tags", { company }, ({ company: { situation } }) =>
          tagsVerdict(situation, details),
        ),
      ];

/** A name that is misspelled looks like one of which nobody has a value. */
function fieldsVerdict({ users }: Source, details: Rules["details"]) {
  const empty = sourceFields([...details.values()]).filter(
    (field) => !users.some(({ fields }) => (fields.get(field) ?? "") !== ""),
  );
  const names = empty.flatMap((field) => customName(field) ?? []);
  if (names.length === 0) return ok("Google has a value of each custom field that ATTRIBUTES names");
  return warning(
    `Nobody in Google has a value of ${names.join(", ")}, so these attributes are removed wherever AWS has them`,
    "write schema and field as the Admin console shows them under Directory › Users › More options › Manage custom attributes, or remove them from ATTRIBUTES",
  );
}

/** AWS STS, AssumeRole: letters, spaces, numbers and these signs, at most 256 characters. */
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

function tagsVerdict({ scoped: { users } }: Situation, details: Rules["details"]) {
  const people = [...users.pairs.map(({ desired }) => desired), ...users.onlyDesired];
  const unfit = [...details.keys()].flatMap((detail) => unfitValues(people, detail));
  if (unfit.length === 0) return ok("Every value can become a session tag");
  const size = count(unfit.length, "value");
  return warning(
    `${size} cannot become a session tag, for attribute-based access control: ${firstFew(unfit, 3)}`,
    "where they are used for that, change them in Google: letters, digits, spaces and _ . : / = + - @, at most 256 characters",
  );
}

/** The manager's is an id of AWS, and an address is no tag. */
function unfitValues(people: readonly DesiredUser[], detail: UserDetail): readonly string[] {
  const values = people.flatMap((user) => {
    const value = user[detail];
    return typeof value === "string" && !TAG.test(value) ? [value] : [];
  });
  return [...new Set(values)].map((value) => `${labelOf(detail)} ${JSON.stringify(value.slice(0, 60))}`);
}
