/** The way of a message from the function to whoever must act: bus, rule, what is made of it, and how it is switched on. */
import { beforeAll, describe, expect, it, test } from "vitest";
import definition from "../../function.json" with { type: "json" };
import { useBus, type Sent } from "../emulator/bus.ts";
import { at } from "../emulator/fill.ts";
import { journey } from "../journeys/journey.ts";
import { block, MAIN, readModule, texts, type Module } from "./modules.ts";

const CHAT = "lambroll/terraform/examples/chat";

interface Transformer {
  readonly input_paths: Readonly<Record<string, string>>;
  readonly input_template: string;
}

let modules: Readonly<Record<string, Module>>;
beforeAll(async () => {
  modules = { [MAIN]: await readModule(MAIN), [CHAT]: await readModule(CHAT) };
});
const moduleAt = (folder: string): Module => modules[folder] as Module;

/** What a run that needs somebody really sends. */
async function message(): Promise<Sent> {
  const bus = await useBus();
  const j = await journey({ settings: { NOTIFY: "alerts" } });
  await j.sync();
  Object.assign(j.aws.user(at("kim")), { active: false });
  await j.run();
  return bus.sent[0] as Sent;
}

/** What EventBridge makes of it. */
function transformed({ input_paths, input_template }: Transformer, { Detail }: Sent): string {
  return Object.entries(input_paths).reduce((text, [name, path]) => {
    const value = path.replace(/^\$\.detail\./, "");
    expect(Detail, path).toHaveProperty(value);
    return text.replaceAll(`<${name}>`, String(Detail[value]));
  }, input_template);
}

describe.each([
  [MAIN, "messages"],
  [CHAT, "chat"],
])("in %s", (folder, name) => {
  const transformer = (): Transformer =>
    (block(moduleAt(folder), `aws_cloudwatch_event_target.${name}`)["input_transformer"] as [Transformer])[0];

  it("the rule takes what the function sends", async () => {
    const { Source } = await message();
    const [pattern] = texts(block(moduleAt(folder), `aws_cloudwatch_event_rule.${name}`)["event_pattern"]);
    expect(pattern).toBe(`\${jsonencode({ source = ["${Source}"] })}`);
  });

  it("what is made of it names no field that it lacks, and is JSON with the sentence in it", async () => {
    const sent = await message();
    const made: unknown = JSON.parse(transformed(transformer(), sent));
    expect(JSON.stringify(made)).toContain(sent.Detail["sentence"]);
    expect(JSON.stringify(made)).not.toMatch(/<\w+>/);
  });
});

test("the chat gets the form that it understands", async () => {
  const [target] = block(moduleAt(CHAT), "aws_cloudwatch_event_target.chat")["input_transformer"] as [
    Transformer,
  ];
  expect(JSON.parse(transformed(target, await message()))).toMatchObject({
    ...{ version: "1.0", source: "custom" },
    content: { textType: "client-markdown", title: expect.stringMatching(/: attention$/) as string },
  });
});

test("the bus that Terraform makes is the one that the function is told of", () => {
  const { NOTIFY } = definition.Environment.Variables;
  expect(NOTIFY).toContain("SSOSYNC_NOTIFY");
  const outputs = JSON.stringify(moduleAt(MAIN));
  expect(outputs).toContain("SSOSYNC_NOTIFY=${bus.name}");
});
