/** The four ways in which the program can be who may read the company. */
import type { Emulator } from "./emulator.ts";

export const WAYS = [
  "a role of its own and a key",
  "a role of its own and no key",
  "delegation and a key",
  "delegation and no key",
] as const;
export type Way = (typeof WAYS)[number];

/** Prepares Google for one of them, so that no other would do, and says what has to be set. */
export function way(emulator: Emulator, name: Way): Record<string, string> {
  const { google } = emulator;
  const isOwn = name.startsWith("a role");
  if (isOwn) {
    google.policy.ownRole = { users: true, groups: true };
    google.policy.delegatedScopes = [];
  }
  const isKeyless = name.endsWith("no key");
  if (isKeyless) google.policy.keyRevoked = true;
  return {
    ...(isOwn ? { GOOGLE_ADMIN: "none", CUSTOMER_ID: google.customerId } : {}),
    ...(isKeyless ? { GOOGLE_CREDENTIALS: JSON.stringify(emulator.federationFile()) } : {}),
  };
}
