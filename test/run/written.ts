/** Changes that are written one by one over SCIM, and what became of each. */
import type { Change } from "../../src/core/change.ts";
import type { Ledger, Result } from "../../src/run/outcome.ts";
import { write } from "../../src/run/write.ts";
import { scimAt } from "../aws/stage.ts";
import { useEmulator } from "../emulator/use-emulator.ts";

export type Directory = Awaited<ReturnType<typeof directory>>;

/** An empty directory, and one run's knowledge of it. */
export async function directory(signal?: AbortSignal) {
  const emulator = await useEmulator();
  const target = scimAt(emulator, { attempts: 2, signal });
  const ledger: Ledger = {
    ...{ users: new Map(), groups: new Map(), lost: new Map() },
    ...{ stuck: new Map(), kept: new Map(), refused: new Set() },
  };
  return {
    emulator,
    target,
    ledger,
    write: (change: Change): Promise<readonly Result[]> => write(change, target, ledger),
    /** How many requests of this method were sent. */
    sent: (method: string): number => emulator.requests.filter((request) => request.method === method).length,
  };
}

/** `failed user.update title: detail-refused (value)`. */
export function told({ status, change, reason }: Result): string {
  const names = "patch" in change ? ` ${Object.keys(change.patch).join(", ")}` : "";
  const what = reason?.code === "detail-refused" ? ` (${reason.what})` : "";
  return `${status} ${change.kind}${names}${reason === undefined ? "" : `: ${reason.code}${what}`}`;
}
