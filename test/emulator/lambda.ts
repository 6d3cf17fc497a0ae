/** Lambda as far as the doctor needs it (API reference, GetFunctionConfiguration). */
import { awsError, denial, region } from "./aws-json.ts";
import type { Caller } from "./aws-json.ts";
import { rejected } from "./signature.ts";
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
  return ({ method, path, segments: [version, what, name = "", part], query, rawQuery, headers, text }) => {
    if (method !== "GET" || version !== "2015-03-31" || what !== "functions" || part !== "configuration")
      return undefined;
    const alias = query.get("Qualifier") ?? "$LATEST";
    return {
      service: "lambda",
      operation: "GetFunctionConfiguration",
      answer: () => {
        const host = headers["host"] ?? "";
        const url = new URL(`http://${host}${path}?${rawQuery}`);
        const signed = { method, url, headers: new Map(Object.entries(headers)), body: text };
        const no = rejected(signed, caller, { region, service: "lambda", now: new Date() });
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
