/**
 * As much of IAM's evaluation as these policies need: wildcards, denials first, NotAction, NotResource, and conditions
 * with a key that may be absent ("IAM JSON policy elements: Condition operators").
 */
import type { Condition, Statement } from "./modules.ts";

export interface Call {
  readonly action: string;
  readonly resource: string;
  /** ARN of the role that calls: `aws:PrincipalArn`. */
  readonly principal: string;
  /** The other keys of the request's context; one that is not here is absent. */
  readonly context?: Readonly<Record<string, string>>;
}

/** `*` is any characters and `?` is one of them; the rest stands for itself. */
export function fits(pattern: string, text: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(text);
}

const list = (value: readonly string[] | string | undefined): readonly string[] =>
  typeof value === "string" ? [value] : (value ?? []);

const some = (patterns: readonly string[] | string | undefined, text: string): boolean =>
  list(patterns).some((one) => fits(one, text));

/** An absent key meets what is negated, and whatever ends in IfExists, in a denial too. */
function holds({ test, variable, values }: Condition, given: Readonly<Record<string, string>>): boolean {
  const value = given[variable];
  if (test === "Null") return list(values).includes(String(value === undefined));
  const [, operator = "", ifExists] = /^(.*?)(IfExists)?$/.exec(test) ?? [];
  const negated = operator.includes("Not");
  if (value === undefined) return negated || ifExists !== undefined;
  if (!/^(?:Arn(?:Not)?(?:Equals|Like)|String(?:Not)?Equals)$/.test(operator))
    throw new Error(`${test} is not known here`);
  return negated !== (operator.startsWith("Arn") ? some(values, value) : list(values).includes(value));
}

function applies(statement: Statement, { action, resource, principal, context = {} }: Call): boolean {
  const { actions, not_actions, resources, not_resources, condition = [] } = statement;
  const given = { "aws:PrincipalArn": principal, ...context };
  return (
    (not_actions === undefined ? some(actions, action) : !some(not_actions, action)) &&
    (not_resources === undefined ? some(resources, resource) : !some(not_resources, resource)) &&
    condition.every((one) => holds(one, given))
  );
}

/** Whether all policies together let the call through. */
export function allowed(policies: readonly Statement[], call: Call): boolean {
  const found = policies.filter((statement) => applies(statement, call));
  return found.length > 0 && found.every(({ effect }) => effect !== "Deny");
}
