/** Ids that look like the vendors', the same in every run: the nth of a kind always gets the same one. */
import { createHash } from "node:crypto";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** 21 digits, as Google gives to users. */
export const googleUserId = (n: number): string =>
  `1${(BigInt(`0x${digest(`user ${n}`).slice(0, 20)}`) % 10n ** 20n).toString().padStart(20, "0")}`;

/** `0` and base 36, as Google gives to groups. */
export const googleGroupId = (n: number): string =>
  `0${(BigInt(`0x${digest(`group ${n}`).slice(0, 24)}`) % 36n ** 14n).toString(36).padStart(14, "0")}`;

export function uuid(seed: string): string {
  const hex = digest(seed);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return parts.join("-");
}

/** Both forms that IAM Identity Center has given out: a plain UUID, and ten hex digits before one. */
export const awsId = (kind: string, n: number): string =>
  n % 3 === 0 ? `9067729b3d-${uuid(`${kind} ${n}`)}` : uuid(`${kind} ${n}`);
