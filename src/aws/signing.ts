import type { SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { TargetError } from "./errors.ts";
import { commonTrouble, fault } from "./sdk.ts";

const PURPOSE = "sts:GetCallerIdentity, by which Google knows who this is";

/**
 * Where and with what this client signs at the moment of asking: from the environment in Lambda, from wherever the SDK
 * finds it elsewhere. Nothing is sent to AWS but what signs a person in. Rejects with a `TargetError`.
 */
export function signingOf({ config }: Pick<SSOAdminClient, "config">) {
  return async () => {
    const region = await config.region().catch((cause: unknown) => {
      const why = "Google is to know this program by its AWS role, and no AWS Region is set";
      throw new TargetError({ why, todo: "set AWS_REGION to any Region that the account uses" }, { cause });
    });
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
      return { region, accessKeyId, secretAccessKey, sessionToken };
    } catch (error) {
      throw commonTrouble(error, PURPOSE, "AWS") ?? unheardOf(error);
    }
  };
}

const unheardOf = (cause: unknown): TargetError =>
  new TargetError(
    {
      why: `There are no AWS credentials for ${PURPOSE} (${fault(cause).name})`,
      todo: 'run "aws sts get-caller-identity" in the same place, and follow what it says',
    },
    { cause },
  );
