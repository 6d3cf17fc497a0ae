/** A company with more users than AWS can list every minute. */
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import type { Company } from "../emulator/google-company.ts";
import { at, mirror } from "../emulator/fill.ts";

/** At one request a second, twelve pages may be listed, and a thirteenth shows that there are more. */
export const SLOW = { IDENTITY_STORE_RATE: "1" };
export const LISTED = 1_300;

export function many(google: Company, aws: AwsDirectory): void {
  google.addGroup({ email: at("aws-all") });
  for (let n = 0; n < 1_500; n++)
    google.addMember(at("aws-all"), google.addUser({ email: at(`p${n}`) }).primaryEmail);
  mirror(google, aws);
}
