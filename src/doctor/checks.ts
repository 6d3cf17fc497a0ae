import { deadline } from "../traffic/deadline.ts";
import type { Deadline } from "../traffic/deadline.ts";
import { network as openNetwork } from "../traffic/network.ts";
import type { Network } from "../traffic/network.ts";
import type { Config, SettingName } from "../settings/config.ts";
import { SCOPES } from "../google/auth.ts";
import type { Call } from "../run/call.ts";
import { version } from "../run/summary.ts";
import { openAws, openGoogle, secretsIn } from "../world.ts";
import type { AwsSide } from "../world.ts";
import { ageFinding, awsUnasked, checkAws } from "./aws.ts";
import type { AwsFound } from "./aws.ts";
import { checkCompany, checkPatterns, companyUnasked } from "./company.ts";
import { attempt, fromError, plural } from "./finding.ts";
import type { Finding, Level } from "./finding.ts";
import { checkGoogle, googleUnasked } from "./google.ts";
import type { GoogleFound } from "./google.ts";
import { checkSecrets, checkSettings } from "./settings.ts";
import type { SecretsFound, Settings } from "./settings.ts";

export type { Finding, Level } from "./finding.ts";
export { reportText } from "./report.ts";

/** Every check that was made or not, in the order in which to put things right. */
export interface DoctorReport {
  readonly action: "doctor";
  /** The worst of the findings; `warning` too when something could not be checked. */
  readonly status: "ok" | "warning" | "error";
  /** One sentence. */
  readonly message: string;
  readonly version: string;
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<Level, number>>;
  readonly requests: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What a doctor needs to know of a call. */
export type Patient = Pick<Call, "environment" | "place" | "remainingMs" | "stop" | "patience">;

/** The exit code of the CLI: 0 all well, 3 something to look at, 1 something that stops a run. */
export const doctorExitCode = ({ status }: DoctorReport): number =>
  status === "ok" ? 0 : status === "warning" ? 3 : 1;

/**
 * Checks everything that can be wrong, writes nothing, and never stops at the first: what depends on a check that
 * failed is told as not checked. Does not throw for anything that is wrong outside the program.
 */
export async function doctor(patient: Patient): Promise<DoctorReport> {
  const started = performance.now();
  const { environment, place } = patient;
  const timeoutMs = patient.remainingMs?.();
  const time = deadline(patient.remainingMs, patient.stop);
  const settings = checkSettings(environment, place);
  const network = openNetwork(settings.config?.proxy);
  try {
    const secrets = await checkSecrets(settings, secretsIn(environment["AWS_REGION"], patient.patience));
    const known = { patient, settings, secrets, network, time };
    const [google, aws] = await Promise.all([googleSide(known), awsSide(known)]);
    const findings = [
      ...settings.findings,
      ...secrets.findings,
      ...google.findings,
      ...aws.findings,
      ...together({ ...known, google, aws, timeoutMs }),
    ];
    const requests = { google: google.requests, ...aws.requests };
    return report(findings, requests, (performance.now() - started) / 1000);
  } finally {
    time.end();
    await network.close();
  }
}

interface Known {
  readonly patient: Patient;
  readonly settings: Settings;
  readonly secrets: SecretsFound;
  readonly network: Network;
  readonly time: Deadline;
}

/** The first of these settings that is wrong, completing "because …". */
function wrongOf({ wrong }: Settings, names: readonly SettingName[]): string | undefined {
  const name = names.find((one) => wrong.has(one));
  return name === undefined ? undefined : `${name} is wrong`;
}

const NO_CONFIG = "the settings cannot be read";
const API_SETTINGS = ["CUSTOMER_ID", "GOOGLE_ROOT_URL", "GOOGLE_RATE"] as const;
const READ_SETTINGS = ["USER_MATCH", "GROUP_MATCH", "INCLUDE_GROUPS", "SYNC_METHOD"] as const;
const STORE_SETTINGS = ["IDENTITY_STORE_ID", "AWS_READ"] as const;
const PLAN_SETTINGS = [
  "GROUP_NAME",
  "IGNORE_USERS",
  "IGNORE_GROUPS",
  "PROTECT_GROUPS",
  "MANAGE",
  "SYNC_SUSPENDED",
  "ADOPT",
  "REMOVE_UNMANAGED",
  "DELETE_GRACE_DAYS",
  "MAX_USER_REMOVALS",
  "MAX_GROUP_REMOVALS",
  "MAX_MEMBERSHIP_REMOVALS",
  "MAX_GROUP_GROWTH",
  "SCIM_RATE",
] as const;

// ---------------------------------------------------------------- the two sides

async function googleSide({ patient, settings, secrets, network, time }: Known): Promise<GoogleFound> {
  const { config, unsafe } = settings;
  const { google, admin } = secrets;
  const unasked = (because: string): GoogleFound => ({
    findings: googleUnasked(because, config),
    source: undefined,
    requests: 0,
    readingMs: 0,
  });
  if (unsafe !== undefined) return unasked(unsafe);
  if (config === undefined) return unasked(NO_CONFIG);
  if (google === undefined) return unasked("there is no usable service account key");
  if (admin === undefined) return unasked("there is no administrator to act as");
  const { patience } = patient;
  return checkGoogle({
    config,
    admin,
    signal: time.signal,
    noApi: wrongOf(settings, API_SETTINGS),
    noReading: wrongOf(settings, READ_SETTINGS),
    open: (scopes) =>
      openGoogle({
        config,
        google,
        admin,
        network,
        deadline: time,
        patience,
        scopes: scopes.length === 0 ? SCOPES : scopes,
      }),
  });
}

type AwsSideFound = AwsFound & { readonly requests: Readonly<Record<string, number>> };

const NONE = { scim: 0, identityStore: 0 };

async function awsSide({ patient, settings, secrets, network, time }: Known): Promise<AwsSideFound> {
  const { config, unsafe } = settings;
  const { endpoint, token } = secrets;
  const age = ageFinding(secrets.tokenCreated, new Date(), token !== undefined);
  const unasked = (because: string): AwsSideFound => ({
    findings: [...awsUnasked(because), age],
    existing: undefined,
    readingMs: 0,
    requests: NONE,
  });
  if (unsafe !== undefined) return unasked(unsafe);
  if (config === undefined) return unasked(NO_CONFIG);
  if (endpoint === undefined) return unasked("there is no usable SCIM endpoint");
  if (token === undefined) return unasked("there is no usable SCIM token");
  // Opening sends nothing, so that it needs no time.
  const opened = await attempt(new AbortController().signal, async () =>
    openAws({
      config,
      scim: { endpoint, token },
      network,
      deadline: time,
      region: patient.environment["AWS_REGION"],
      patience: patient.patience,
    }),
  );
  if ("error" in opened) {
    const region = fromError({ id: "aws.region", what: "The Region is known" }, opened.error);
    const rest = unasked("the Region is not known");
    return { ...rest, findings: [region, ...rest.findings] };
  }
  return asked(opened.value, { config, settings, age, time });
}

async function asked(
  side: AwsSide,
  with_: {
    readonly config: Config;
    readonly settings: Settings;
    readonly age: Finding;
    readonly time: Deadline;
  },
): Promise<AwsSideFound> {
  const { config, settings, age, time } = with_;
  const noStore = wrongOf(settings, STORE_SETTINGS);
  const found = await checkAws({ config, side, signal: time.signal, noStore });
  const [first, ...rest] = found.findings;
  const findings = first === undefined ? [age] : [first, age, ...rest];
  return { ...found, findings, requests: side.requests() };
}

// ---------------------------------------------------------------- both together

interface Both extends Known {
  readonly google: GoogleFound;
  readonly aws: AwsSideFound;
  readonly timeoutMs: number | undefined;
}

function together({ settings, google, aws, timeoutMs }: Both): readonly Finding[] {
  const { config } = settings;
  if (config === undefined) return companyUnasked(NO_CONFIG);
  const { source } = google;
  const { existing } = aws;
  const patterns = checkPatterns(config, source, existing);
  const because =
    source === undefined
      ? "Google could not be read"
      : existing === undefined
        ? "AWS could not be read"
        : wrongOf(settings, PLAN_SETTINGS);
  if (because !== undefined || source === undefined || existing === undefined)
    return [...patterns, ...companyUnasked(because ?? NO_CONFIG)];
  const readingMs = Math.max(google.readingMs, aws.readingMs);
  const company = { source, existing, config, now: new Date(), readingMs, timeoutMs };
  return [...patterns, ...checkCompany(company)];
}

function report(
  findings: readonly Finding[],
  requests: Readonly<Record<string, number>>,
  seconds: number,
): DoctorReport {
  const of = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  const counts = {
    ok: of("ok"),
    warning: of("warning"),
    error: of("error"),
    "not-checked": of("not-checked"),
  };
  const status = counts.error > 0 ? "error" : counts.warning + counts["not-checked"] > 0 ? "warning" : "ok";
  return {
    action: "doctor",
    status,
    message: messageOf(counts, findings),
    version,
    findings,
    counts,
    requests,
    seconds: Math.round(seconds * 1000) / 1000,
  };
}

function messageOf(counts: DoctorReport["counts"], findings: readonly Finding[]): string {
  const parts = [
    ...(counts.error > 0 ? [plural(counts.error, "error")] : []),
    ...(counts.warning > 0 ? [plural(counts.warning, "warning")] : []),
    ...(counts["not-checked"] > 0 ? [`${counts["not-checked"]} not checked`] : []),
    `${counts.ok} in order`,
  ];
  const first =
    findings.find(({ level }) => level === "error") ?? findings.find(({ level }) => level === "warning");
  return first === undefined
    ? `The doctor found ${parts.join(", ")}.`
    : `The doctor found ${parts.join(", ")}; to begin with: ${first.why} ${first.todo}`;
}
