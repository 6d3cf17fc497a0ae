/** Partial responses: the `fields` parameter, really applied. */
import { googleError } from "./google-errors.ts";
import { isObject, refuse } from "./wire.ts";

/** What is kept of an object: everything below a name, or only some of it. */
type Mask = ReadonlyMap<string, Mask | "all">;

/**
 * Keeps what `fields` names: `kind,nextPageToken,users(id,name/givenName)`. `known` are the names that the
 * resource and its rows have; another one is a 400.
 */
export function applyFields(body: unknown, fields: string | null, known: ReadonlySet<string>): unknown {
  if (fields === null || fields === "") return body;
  return keep(body, parse(fields, known));
}

function parse(text: string, known: ReadonlySet<string>): Mask {
  const mask = new Map<string, Mask | "all">();
  for (const part of split(text)) {
    const found = /^([\w*]+)(?:\/(.+)|\((.+)\))?$/s.exec(part.trim());
    const [, name, below, inner] = found ?? [];
    if (name === undefined || (name !== "*" && !known.has(name))) return wrong(part.trim());
    const rest = below ?? inner;
    const old = mask.get(name);
    const fresh = rest === undefined ? "all" : parse(rest, known);
    mask.set(
      name,
      old === undefined || old === "all" || fresh === "all" ? fresh : new Map([...old, ...fresh]),
    );
  }
  return mask;
}

/** At commas outside brackets. */
function split(text: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (const char of text) {
    depth += char === "(" ? 1 : char === ")" ? -1 : 0;
    if (depth < 0) return [wrong(text)];
    if (char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return depth === 0 ? parts : [wrong(text)];
}

function keep(value: unknown, mask: Mask): unknown {
  if (Array.isArray(value)) return value.map((one) => keep(one, mask));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const below = mask.get(name) ?? mask.get("*");
    return below === undefined ? [] : [[name, below === "all" ? inner : keep(inner, below)] as const];
  });
  return Object.fromEntries(kept);
}

function wrong(selector: string): never {
  return refuse(
    googleError(400, "invalidParameter", `Invalid field selection ${selector}`, {
      location: { locationType: "parameter", location: "fields" },
    }),
  );
}
