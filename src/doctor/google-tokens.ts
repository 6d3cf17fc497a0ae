import { count } from "../core/count.ts";
import type { TroubleError } from "../core/trouble.ts";
import { SCOPES } from "../google/auth.ts";
import { SourceError } from "../google/errors.ts";
import type { Secrets } from "../settings/config.ts";
import type { OutOfTime } from "../traffic/deadline.ts";
import type { GoogleSide } from "../world.ts";
import { check, fine, ok, step, troubleIn } from "./check.ts";
import type { Check } from "./check.ts";
import type { SecretChecks } from "./settings.ts";

/** Opens Google's side with these scopes; sends nothing. */
export type Open = (
  credentials: Secrets["google"],
  admin: Secrets["admin"],
  scopes: readonly string[],
) => GoogleSide;

export type Refusal = TroubleError | OutOfTime;

/** The ways to become the service account, hop by hop. */
const HOPS = {
  key: ["key"],
  federation: ["aws", "exchange", "account"],
} as const satisfies Record<Secrets["google"]["kind"], readonly string[]>;
type Kind = keyof typeof HOPS;
type Hop = (typeof HOPS)[Kind][number];

const SUBJECTS = {
  key: {
    id: "google.key",
    title: "Service account key",
    good: "Google accepted the key's signature",
  },
  aws: {
    id: "google.aws",
    title: "AWS credentials for Google",
    good: "There are some, and they sign what Google takes to AWS",
  },
  exchange: {
    id: "google.exchange",
    title: "Workload identity federation",
    good: "Google knows the AWS role that this runs as",
  },
  account: {
    id: "google.account",
    title: "Right to act as the service account",
    good: "The AWS role may act as the service account",
  },
  admin: { id: "google.admin", title: "Administrator" },
  delegation: { id: "google.delegation", title: "Domain-wide delegation" },
} as const;

/** What Google said when it was asked for tokens. */
export interface Tokens {
  readonly kind: Kind;
  /** Null for a service account that acts as itself. */
  readonly admin: string | null;
  /** With the scopes that were granted. */
  readonly side: GoogleSide;
  readonly granted: readonly string[];
  readonly refusals: ReadonlyMap<string, Refusal | undefined>;
  /** What is to blame, when no scope was granted. */
  readonly blame?: { readonly part: keyof typeof SUBJECTS; readonly refusal: Refusal };
}

/** Google refuses a token as a whole, so each scope is asked for by itself then. */
export const askForTokens = (secrets: SecretChecks, open: Open): Check<Tokens> =>
  step({ google: secrets.GOOGLE_CREDENTIALS, admin: secrets.GOOGLE_ADMIN }, async ({ google, admin }) => {
    const { kind } = google;
    const all = Object.values(SCOPES);
    const whole = open(google, admin, all);
    const refusal = await troubleIn(() => whole.tokenFor(all));
    if (refusal === undefined) return fine({ kind, admin, side: whole, granted: all, refusals: new Map() });
    const each = all.map(async (scope) => [scope, await troubleIn(() => whole.tokenFor([scope]))] as const);
    const refusals = new Map(await Promise.all(each));
    const granted = all.filter((scope) => refusals.get(scope) === undefined);
    const tokens = { kind, admin, side: open(google, admin, granted), granted, refusals };
    return fine(granted.length > 0 ? tokens : { ...tokens, blame: { part: partOf(refusal, kind), refusal } });
  });

/** What a refused token is about, where its code tells. */
const PARTS: Partial<Record<SourceError["code"], "admin" | "delegation">> = {
  "no-admin": "admin",
  "bad-admin": "admin",
  undelegated: "delegation",
  policy: "delegation",
  scopes: "delegation",
};

/** A token endpoint that cannot be reached shows nothing beyond the key. */
function partOf(refusal: Refusal, kind: Kind): keyof typeof SUBJECTS {
  if (!(refusal instanceof SourceError)) return HOPS[kind][0];
  if (refusal.step !== undefined) return refusal.step === "exchange" ? "exchange" : "account";
  return PARTS[refusal.code] ?? (kind === "key" ? "key" : "delegation");
}

/** Every hop by itself, and what an administrator has to have granted; what does not belong to the way is left out. */
export function tokenChecks(tokens: Check<Tokens>) {
  const hop = (name: Hop): Check => {
    const { id, title, good } = SUBJECTS[name];
    return check(id, title, { tokens }, ({ tokens: { kind, blame } }) => {
      const hops: readonly string[] = HOPS[kind];
      if (!hops.includes(name)) return fine(undefined);
      if (blame?.part === name) throw blame.refusal;
      const before = hops.slice(0, hops.indexOf(name));
      return blame !== undefined && before.includes(blame.part)
        ? { waitsFor: SUBJECTS[blame.part] }
        : ok(good);
    });
  };
  const hops = { key: hop("key"), aws: hop("aws"), exchange: hop("exchange"), account: hop("account") };
  /** The service account as itself. */
  const itself = step({ tokens }, ({ tokens: given }) => {
    const { kind, blame } = given;
    const hops: readonly string[] = HOPS[kind];
    return blame !== undefined && hops.includes(blame.part)
      ? { waitsFor: SUBJECTS[blame.part] }
      : fine(given);
  });
  return { ...hops, ...delegationChecks(itself), itself };
}

/** What a service account that acts as itself has no need of. */
function delegationChecks(itself: Check<Tokens>) {
  const { id, title } = SUBJECTS.delegation;
  const delegation = check(id, title, { itself }, ({ itself: { admin, granted, blame } }) => {
    if (admin === null) return fine(undefined);
    if (blame?.part === "delegation") throw blame.refusal;
    if (blame !== undefined) return { waitsFor: SUBJECTS.admin };
    return ok(`Google granted ${granted.length} of the ${count(Object.keys(SCOPES).length, "scope")}`);
  });
  const scope = (name: keyof typeof SCOPES): Check =>
    check(`google.scope.${name}`, `Scope ${SCOPES[name]}`, { delegation, itself }, (given) => {
      const refusal = given.itself.refusals.get(SCOPES[name]);
      if (refusal !== undefined) throw refusal;
      return given.itself.admin === null ? fine(undefined) : ok("Google gave out an access token for it");
    });
  const admin = check(SUBJECTS.admin.id, SUBJECTS.admin.title, { itself }, ({ itself: given }) => {
    if (given.admin === null) return fine(undefined);
    if (given.blame?.part === "admin") throw given.blame.refusal;
    if (given.blame !== undefined) return { waitsFor: SUBJECTS.delegation };
    return ok(`The service account can act as ${given.admin}`);
  });
  return { delegation, user: scope("user"), group: scope("group"), admin };
}
