/** A small company at the emulator, and the doctor in front of it. */
import { expect, onTestFinished, vi } from "vitest";
import { reportText } from "../../src/doctor/report.ts";
import type { DoctorReport, Finding } from "../../src/doctor/report.ts";
import type { Call } from "../../src/run/call.ts";
import { answer } from "../../src/run/run.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { fill } from "../emulator/fill.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { useTables, type Tables } from "../dynalite/server.ts";

type Overrides = Readonly<Record<string, string | undefined>>;

export interface Clinic {
  readonly emulator: Emulator;
  readonly tables: Tables;
  /** Makes sure, each time, that nothing was written and that no secret is in the report. */
  readonly examine: (
    settings?: Overrides,
    more?: Pick<Partial<Call>, "place" | "remainingMs">,
  ) => Promise<DoctorReport>;
}

/** Rates at which nobody waits. Each earns a warning, which is not found here unless a test sets the rate itself. */
const FAST = { SCIM_RATE: "9000", IDENTITY_STORE_RATE: "9000", GOOGLE_RATE: "9000" };

/** For reports that are looked at as a whole. */
export const USUAL_RATES = Object.fromEntries(Object.keys(FAST).map((name) => [name, undefined]));

const withoutThose = (report: DoctorReport, settings: Overrides): DoctorReport => ({
  ...report,
  findings: report.findings.filter(({ id }) => {
    const rate = id.replace(/^quota\./, "");
    return rate === id || !(rate in FAST) || rate in settings;
  }),
});

/** Two users, Ada in `aws-admins`; IAM Identity Center knows nobody yet. The administrator is no super administrator. */
export async function clinic(): Promise<Clinic> {
  const [emulator, tables] = await Promise.all([useEmulator(), useTables()]);
  const { google } = emulator;
  fill(google, { people: { ada: "Ada Lovelace", bob: "Bob Kahn" }, groups: { "aws-admins": ["ada"] } });
  emulator.fault({
    when: (request) => request.operation === "users.get" && request.path.endsWith("admin%40example.com"),
    times: Infinity,
    do: (_, answer) =>
      answer.status === 200
        ? { ...answer, body: { ...(answer.body as object), isAdmin: false, isDelegatedAdmin: true } }
        : answer,
  });
  return {
    emulator,
    tables,
    examine: async (settings = {}, more = {}) => {
      const environment = emulator.environment({ ...tables.environment, ...FAST, ...settings });
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      onTestFinished(() => void vi.unstubAllEnvs());
      const report = await answer({
        environment,
        place: "lambda",
        request: { action: "doctor", trigger: "manual" },
        lines: "nowhere",
        remainingMs: () => 300_000,
        patience: { retries: 1, firstWaitMs: 1 },
        ...more,
      });
      keepsSecrets(report, emulator);
      expect(emulator.writes(), "the doctor writes nothing").toEqual([]);
      expect(await tables.items(), "the doctor writes nothing").toEqual([]);
      return withoutThose(report, settings);
    },
  };
}

/** Whatever is wrong, neither the report nor its text shows a key, a token or an assertion. */
function keepsSecrets(report: DoctorReport, { key, aws }: Emulator): void {
  const shown = `${JSON.stringify(report)}\n${reportText(report, true)
    .map(({ text }) => text)
    .join("\n")}`;
  const keyLines = key.private_key.split("\n").filter((line) => line.length > 40);
  for (const secret of [...keyLines, ...aws.tokens, "ya29.", "BEGIN PRIVATE KEY", "eyJ", CANARY])
    expect(shown).not.toContain(secret);
}

/** To be stored where a secret should be. */
export const CANARY = "canary-7c1f5e90-secret";

export function finding({ findings }: DoctorReport, id: string): Finding {
  const found = findings.filter((one) => one.id === id);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} findings ${id} of ${findings.map((one) => one.id).join(" ")}`);
  return first;
}

export const levels = (report: DoctorReport, ...ids: readonly string[]): readonly string[] =>
  ids.map((id) => finding(report, id).level);

/** Ids of everything that is not in order. */
export const trouble = ({ findings }: DoctorReport): readonly string[] =>
  findings.filter(({ level }) => level !== "ok").map(({ id, level }) => `${level} ${id}`);

export const errors = ({ findings }: DoctorReport): readonly string[] =>
  findings.filter(({ level }) => level === "error").map(({ id }) => id);
