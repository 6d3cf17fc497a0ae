/** All accounts of the customer, each once; a row that is odd is asked for by its id. */
import { GOOGLE_USER } from "../core/mark.ts";
import { sourceId } from "../core/model.ts";
import type { SourceId, SourceUsers, Unread } from "../core/model.ts";
import type { SourceField } from "../core/source-field.ts";
import { SourceError, isMisunderstood, isNotFound, isRefusal, isTroubled } from "./errors.ts";
import { extraFields, withoutSchemas } from "./fields.ts";
import type { ExtraFields } from "./fields.ts";
import { userPages, userRequest } from "./pages.ts";
import { understoodOr, unreadOf } from "./reader.ts";
import type { Reader } from "./reader.ts";
import { countsOfUser, differing, parseUser, rowsOnce, stateOf } from "./rows.ts";

type Row = ReturnType<typeof parseUser>;

interface Wanted {
  readonly customerId: string;
  readonly userFields: readonly SourceField[];
}

/** Without the custom schemas where Google refuses to show them: nobody stays in for a field that is not there. */
export async function readUsers(reader: Reader, { customerId, userFields }: Wanted): Promise<SourceUsers> {
  const extra = extraFields(userFields);
  try {
    return await readShown(reader, customerId, extra);
  } catch (error) {
    const { customFieldMask: schemas } = extra.projection;
    if (!(error instanceof SourceError) || error.code !== "schemas" || schemas === undefined) throw error;
    const people = await readShown(reader, customerId, extraFields(withoutSchemas(userFields)));
    return { ...people, unshown: { schemas, why: error.why, todo: error.todo } };
  }
}

/** A row that is not understood, and an id whose rows differ, are asked for by the id. */
async function readShown(reader: Reader, customerId: string, extra: ExtraFields): Promise<SourceUsers> {
  const { customFieldMask: schemas } = extra.projection;
  const errand = { doing: "listing the users", customerId, ...(schemas === undefined ? {} : { schemas }) };
  const { same } = reader;
  const odd = new Map<SourceId, Unread>();
  const rows = await reader.all(
    { rows: "users", errand, page: userPages({ customer: customerId, extra }) },
    (row, why) => {
      const parsed = understoodOr(odd, "user", row, () => parseUser(row, why, extra));
      if (parsed === undefined) return [];
      const { id, email, orgUnit, ...rest } = parsed;
      return [{ ...rest, id: sourceId(same(id)), email: same(email), orgUnit: same(orgUnit) }];
    },
  );
  const once = rowsOnce(rows.flat(), countsOfUser, ({ id, email, state }, other) => {
    const agreed = state === other.state ? state : undefined;
    odd.set(id, unreadOf("user", { email, state: agreed }, differing(id, errand)));
  });
  const again = await Promise.all(
    [...odd].map(async ([id, why]) => [id, await askForUser(reader, { id, extra }, why)] as const),
  );
  const found: Row[] = once.filter(({ id }) => !odd.has(id));
  const unread = new Map<SourceId, Unread>();
  for (const [id, answer] of again) {
    if (answer === "gone") continue;
    if ("kind" in answer) unread.set(id, answer);
    else found.push(answer);
  }
  return { users: found.flatMap(({ guest, ...user }) => (guest ? [] : [user])), unread };
}

async function askForUser(
  { api, signal }: Reader,
  { id, extra }: { readonly id: SourceId; readonly extra: ExtraFields },
  why: Unread,
): Promise<Row | "gone" | Unread> {
  if (!GOOGLE_USER.test(id)) return why;
  const errand = { doing: `looking up the user ${id}` };
  let row: unknown;
  try {
    row = await api.call(errand, userRequest(id, extra), signal);
    const user = parseUser(row, errand, extra);
    return user.id === id ? user : why;
  } catch (error) {
    if (isNotFound(error)) return "gone";
    if (isMisunderstood(error)) return unreadOf("user", { ...why, state: stateOf(row) ?? why.state }, why);
    if (isRefusal(error) || isTroubled(error)) return why;
    throw error;
  }
}
