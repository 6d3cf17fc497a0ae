import { atHalfTheRates, readSettings } from "../settings/config.ts";
import type { ReadSettings } from "../settings/config.ts";
import type { Call } from "../run/call.ts";
import { version } from "../run/summary.ts";
import type { Deadline } from "../traffic/deadline.ts";
import { network as openNetwork } from "../traffic/network.ts";
import { aliasesOf, homeOf, openAws, openGoogle, secretsIn } from "../world.ts";
import type { AwsSide, Frame, GoogleSide } from "../world.ts";
import { approvalsChecks } from "./approvals.ts";
import { awsChecks } from "./aws.ts";
import type { AwsFrame } from "./aws.ts";
import { make } from "./check.ts";
import type { Check } from "./check.ts";
import { companyChecks } from "./company.ts";
import { googleChecks } from "./google.ts";
import type { GoogleFrame } from "./google.ts";
import { patternChecks } from "./patterns.ts";
import { reportOf } from "./report.ts";
import type { DoctorReport } from "./report.ts";
import { secretChecks, settingsChecks } from "./settings.ts";

/** What a doctor needs to know of a call; whoever opened the deadline ends it. */
interface Patient extends Pick<Call, "environment" | "place" | "remainingMs" | "patience"> {
  readonly deadline: Deadline;
}

/**
 * Checks everything that can be wrong, writes nothing, and never stops at the first: what depends on a check that is
 * not in order is reported as not checked. Does not throw for anything that is wrong outside the program.
 */
export async function doctor(patient: Patient): Promise<DoctorReport> {
  const started = performance.now();
  const timeoutMs = patient.remainingMs?.();
  const { deadline } = patient;
  const read = readSettings(patient.environment, patient.place);
  const network = openNetwork(read.usable.proxy);
  try {
    const sides = sidesOf(patient, { config: atHalfTheRates(read.usable), network, deadline });
    const findings = await make(
      checksFor(patient, read, { ...sides, network }, deadline.signal, timeoutMs),
      deadline.signal,
    );
    const seconds = Math.round(performance.now() - started) / 1000;
    return reportOf(findings, { version, requests: sides.requests(), seconds });
  } finally {
    await network.close();
  }
}

/** All checks, in the order in which to put things right. */
function checksFor(
  { environment, patience }: Patient,
  read: ReadSettings,
  { network, ...sides }: Sides & Pick<Frame, "network">,
  signal: AbortSignal,
  timeoutMs: number | undefined,
): readonly Check[] {
  const config = read.usable;
  const settings = settingsChecks(read);
  const { secrets, age } = secretChecks(read, settings, secretsIn(homeOf(environment), patience));
  const google = googleChecks({ config, settings, secrets, open: sides.openGoogle });
  const aws = awsChecks({ config, settings, secrets, signal, open: sides.openAws });
  const behind = aliasesOf(environment, { network, signal });
  const both = { google: google.reading, aws: aws.reading };
  return [
    ...settings.checks,
    ...Object.values(secrets),
    ...google.checks,
    ...aws.checks,
    age,
    ...approvalsChecks({ config, settings, behind }),
    ...patternChecks(config, both),
    ...companyChecks({ config, ...both, spent: aws.spent, settings: settings.stage("plan"), timeoutMs }),
  ];
}

/** Both sides, opened as the checks need them; requests are counted over all that were opened. */
function sidesOf({ environment, patience }: Patient, frame: Pick<Frame, "config" | "network" | "deadline">) {
  const google: GoogleSide[] = [];
  const aws: AwsSide[] = [];
  const opened = <S>(side: S, sides: S[]): S => (sides.push(side), side);
  const openedGoogle: GoogleFrame["open"] = (key, admin, scopes) =>
    opened(openGoogle({ ...frame, patience, google: key, admin, scopes, home: homeOf(environment) }), google);
  const openedAws: AwsFrame["open"] = (scim) =>
    opened(openAws({ ...frame, patience, scim, home: homeOf(environment) }), aws);
  const requests = () => ({
    google: google.reduce((sum, side) => sum + side.requests(), 0),
    ...{ scim: 0, identityStore: 0, ...aws[0]?.requests() },
  });
  return { openGoogle: openedGoogle, openAws: openedAws, requests };
}
type Sides = ReturnType<typeof sidesOf>;
