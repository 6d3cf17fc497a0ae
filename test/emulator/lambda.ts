/** Lambda as far as the doctor needs it (API reference, GetFunctionConfiguration). */
import { awsError, denial, rejectedCall } from "./aws-json.ts";
import type { Caller } from "./aws-json.ts";
import type { Router } from "./wire.ts";

/** What an alias of the function leads to. */
export interface LambdaVersion {
  CodeSha256: string;
  Environment?: { Variables?: Record<string, string>; Error?: { ErrorCode: string; Message: string } };
}

/** By alias. */
export type LambdaFunction = Map<string, LambdaVersion>;

/** Both aliases lead to the same. */
export const createLambda = (): LambdaFunction =>
  new Map(["current", "approve"].map((alias) => [alias, { CodeSha256: "4C+dUrqw" }]));

const ACTION = "lambda:GetFunctionConfiguration";

export function createLambdaRouter(aliases: LambdaFunction, caller: Caller): Router {
  return (call) => {
    const [version, what, name = "", part] = call.segments;
    if (call.method !== "GET" || version !== "2015-03-31" || what !== "functions" || part !== "configuration")
      return undefined;
    const alias = call.query.get("Qualifier") ?? "$LATEST";
    return {
      service: "lambda",
      operation: "GetFunctionConfiguration",
      answer: () => {
        const no = rejectedCall(call, caller, "lambda");
        if (no !== undefined) return awsError(no.code, no.message, {}, 403);
        if (caller.denied.has(ACTION)) return { ...denial(ACTION), status: 403 };
        const found = aliases.get(alias);
        return found === undefined
          ? awsError("ResourceNotFoundException", `Function not found: ${name}:${alias}`, {}, 404)
          : { status: 200, body: { FunctionName: name, Version: "$LATEST", ...found } };
      },
    };
  };
}
