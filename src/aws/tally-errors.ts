/** What keeps the tally from being read or written, and what to do about it. */
import { TargetError } from "./errors.ts";
import { aboutFault, commonTrouble, fault, faultWords } from "./sdk.ts";

/** The tally cannot be read, or not be written: what it counts must not be done. */
export class TallyError extends TargetError {
  override readonly name = "TallyError";
}

/** The table, as it is known to people. */
interface Place {
  readonly table: string;
  readonly key: string;
  readonly region: string;
}

/** `right` is the one that was used: `dynamodb:GetItem`. */
export function tallyTrouble(error: unknown, right: string, { table, region }: Place): TallyError {
  const it = fault(error);
  const where = `the DynamoDB table ${table} in ${region}`;
  const say = (why: string, todo: string) => new TallyError({ why, todo }, aboutFault(error));
  if (it.name === "ResourceNotFoundException")
    return say(
      `There is no DynamoDB table ${table} in ${region} (${faultWords(it)})`,
      "set TALLY to the name of the table that Terraform made, and AWS_REGION to its Region",
    );
  if (it.name === "AccessDeniedException" && /\bkms\b/i.test(it.message))
    return say(
      `AWS cannot decrypt ${where} (${faultWords(it)})`,
      "allow kms:Decrypt on its KMS key for the role or user that this runs as, and make sure that the key is enabled",
    );
  if (it.name === "AccessDeniedException")
    return say(
      `AWS does not allow ${right} on ${where} (${faultWords(it)})`,
      `allow dynamodb:GetItem and dynamodb:PutItem on this table for the role or user that this runs as`,
    );
  if (it.name === "ValidationException" && /\bkey\b/i.test(it.message))
    return say(
      `The key of ${where} is not id, a text, alone (${faultWords(it)})`,
      "set TALLY to the name of the table that Terraform made, or make one like it",
    );
  if (it.name === "ValidationException" && /\bsize\b/i.test(it.message))
    return say(
      `More was done in 24 hours than ${where} can remember (${faultWords(it)})`,
      "approve what waits, because approvals are not counted, or wait for a day",
    );
  const common = commonTrouble(error, right, `DynamoDB in ${region}`);
  return common === undefined
    ? say(`${where.replace(/^t/, "T")} did not answer ${right} (${faultWords(it)})`, "run again")
    : new TallyError(common, { ...common, cause: error });
}

/** The item is there, and this program cannot tell what it says. */
export const notUnderstood = ({ table, key, region }: Place): TallyError =>
  new TallyError({
    why: `The item ${key} of the DynamoDB table ${table} in ${region} is not a tally that this version understands`,
    todo: "deploy the version that wrote it, or delete the item, after which the day's budgets begin again",
  });

/** Others write the item whenever this run would. */
export const neverFree = ({ table, key, region }: Place): TallyError =>
  new TallyError({
    why: `Somebody else keeps writing the item ${key} of the DynamoDB table ${table} in ${region}`,
    todo: "look in CloudTrail for who writes it, and leave the right to this function alone",
  });
