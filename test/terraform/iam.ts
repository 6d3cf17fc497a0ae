/** As much of IAM's evaluation as these policies need: wildcards, denials first, NotResource, one condition. */
import type { Statement } from "./modules.ts";

export interface Call {
  readonly action: string;
  readonly resource: string;
  /** ARN of the role that calls. */
  readonly principal: string;
}

/** `*` is any characters and `?` is one of them; the rest stands for itself. */
export function fits(pattern: string, text: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(text);
}

const list = (value: readonly string[] | string | undefined): readonly string[] =>
  typeof value === "string" ? [value] : (value ?? []);

const applies = (statement: Statement, { action, resource, principal }: Call): boolean =>
  list(statement.actions).some((one) => fits(one, action)) &&
  (statement.not_resources === undefined
    ? list(statement.resources).some((one) => fits(one, resource))
    : !list(statement.not_resources).some((one) => fits(one, resource))) &&
  (statement.condition ?? []).every(({ test, variable, values }) => {
    if (variable !== "aws:PrincipalArn") throw new Error(`${variable} is not known here`);
    const named = list(values).some((one) => fits(one, principal));
    return test.includes("Not") ? !named : named;
  });

/** Whether all policies together let the call through. */
export function allowed(policies: readonly Statement[], call: Call): boolean {
  const found = policies.filter((statement) => applies(statement, call));
  return found.length > 0 && found.every(({ effect }) => effect !== "Deny");
}
