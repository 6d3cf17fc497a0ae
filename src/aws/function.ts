/** What an alias of the function leads to, as Lambda tells it. */
import { z } from "zod";
import { TargetError } from "./errors.ts";
import { commonTrouble, fault, faultWords } from "./sdk.ts";
import type { Post, Signed } from "./signed-post.ts";

/** Code and settings of one version; two that are equal do the same. */
export interface Version {
  readonly code: string;
  readonly settings: string;
}

interface Asked {
  readonly name: string;
  readonly lambda: Signed;
  readonly post: Post;
  readonly signal: AbortSignal;
}

/** Lambda API reference, GetFunctionConfiguration; `Error` where the variables cannot be decrypted for whoever asks. */
const Answer = z.object({
  CodeSha256: z.string(),
  Environment: z
    .object({
      Variables: z.record(z.string(), z.string()).default({}),
      Error: z.object({ ErrorCode: z.string().default("no reason told") }).optional(),
    })
    .optional(),
});

const ACTION = "lambda:GetFunctionConfiguration";

/** Needs the right `lambda:GetFunctionConfiguration` on the alias. `undefined` where there is none of that name. */
export async function versionBehind(
  alias: string,
  { name, lambda, post, signal }: Asked,
): Promise<Version | undefined> {
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/configuration`;
  try {
    const { CodeSha256: code, Environment: settings } = Answer.parse(
      await post(lambda, { path, query: { Qualifier: alias }, headers: {} }),
    );
    if (settings?.Error !== undefined) throw unshown(alias, settings.Error.ErrorCode);
    return { code, settings: JSON.stringify(Object.entries(settings?.Variables ?? {}).toSorted()) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TargetError) throw error;
    if (fault(error).status === 404) return undefined;
    const told = `AWS does not tell what the alias ${alias} leads to (${ACTION}, ${faultWords(fault(error))})`;
    const { why, todo } = commonTrouble(error, ACTION, "Lambda") ?? {
      why: told,
      todo: "allow it for the function's role, as Terraform does",
    };
    throw new TargetError({ why: `Not known: ${why}`, todo }, { cause: error });
  }
}

const unshown = (alias: string, reason: string) =>
  new TargetError({
    why: `Not known: AWS does not show the settings that the alias ${alias} leads to (${reason})`,
    todo: "allow kms:Decrypt for the function's role on the key that encrypts its environment",
  });
