/** The guide's query that leads from an audit line to the caller, over what the function and CloudTrail really write. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { crew, crowd } from "../journeys/company.ts";
import { journey } from "../journeys/journey.ts";
import { lambda, type Line } from "../journeys/lambda.ts";
import { read } from "./modules.ts";

const ROLE = "arn:aws:sts::111122223333:assumed-role/ssosync-approver/ada";

/** What CloudTrail writes for a call ("Logging Lambda API calls", data events): no alias, but the version. */
const called = (requestID: string, arn: string): Line => ({
  eventVersion: "1.11",
  userIdentity: { type: "AssumedRole", arn, accessKeyId: "ASIAEXAMPLE", accountId: "111122223333" },
  eventSource: "lambda.amazonaws.com",
  eventName: "Invoke",
  requestParameters: null,
  responseElements: null,
  additionalEventData: { functionVersion: "arn:aws:lambda:eu-west-1:111122223333:function:ssosync:$LATEST" },
  requestID,
  readOnly: false,
  resources: [
    { type: "AWS::Lambda::Function", ARN: "arn:aws:lambda:eu-west-1:111122223333:function:ssosync" },
  ],
  managementEvent: false,
  eventCategory: "Data",
});

const field = (line: Line, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, name) => (typeof value === "object" && value !== null ? (value as Line)[name] : undefined),
      line,
    );

/** The commands and functions in use, and no other ("CloudWatch Logs Insights language query syntax"). */
function query(text: string, lines: readonly Line[]): readonly Readonly<Record<string, unknown>>[] {
  const [fields = "", filter = "", stats = ""] = text.split(/\s*\|\s*/);
  const [, one = "", other = "", id = ""] = /^fields coalesce\((\w+), (\w+)\) as (\w+)$/.exec(fields) ?? [];
  const [, wanted] = new RegExp(`^filter ${id} = "([^"]+)"$`).exec(filter) ?? [];
  const [, columns = "", by] = /^stats (.*) by (\w+)$/.exec(stats.trim()) ?? [];
  expect([id, by]).toEqual(["id", "id"]);
  const found = lines.filter((line) => (field(line, one) ?? field(line, other)) === wanted);
  const column = (part: string): readonly [string, unknown] => {
    const [, how, path = "", name = ""] = /^(sortsLast|count)\(([\w.]+)\) as (\w+)$/.exec(part) ?? [];
    const values = found.map((line) => field(line, path)).filter((value) => value !== undefined);
    expect(how, part).toBeDefined();
    return [name, how === "count" ? values.length : values.map(String).toSorted().at(-1)];
  };
  return found.length === 0 ? [] : [{ [id]: wanted, ...Object.fromEntries(columns.split(", ").map(column)) }];
}

test("an audit line's request id leads to whoever called", { tags: "long" }, async () => {
  const company = crowd(60, { "aws-five": crew(5) });
  const j = await journey({ company, settings: { MAX_GROUP_SHRINK: "1%,0" } });
  for (const name of crew(5)) j.google.removeMember(at("aws-all"), at(name));
  const { invoke } = lambda(j);
  const [wait] = (await invoke({ action: "plan" })).result?.approvals ?? [];
  const { lines } = await invoke({ action: "sync", approve: [wait?.id] }, { qualifier: "approve" });
  const audits = lines.filter((line) => line["audit"] === true);
  const [given] = audits;
  expect(given).toMatchObject({ action: "approval.given", detail: { alias: "approve" } });
  const [, text = ""] = /```text\n(fields coalesce[\s\S]*?)```/.exec(read("lambroll/approvals.md")) ?? [];
  const requestId = String(given?.["requestId"]);
  const answer = query(text.replace("8f5e…", requestId).trim(), [
    ...lines,
    called(requestId, ROLE),
    called("11111111-2222-3333-4444-555555555555", ROLE.replace("approver/ada", "operator/zoe")),
  ]);
  expect(answer).toEqual([{ id: requestId, caller: ROLE, key: "ASIAEXAMPLE", auditLines: audits.length }]);
});
