/** Names of the organization's accounts, which only make sentences clearer: where they cannot be had, ids do. */
import { z } from "zod";
import { AccountId } from "./assignments.ts";
import type { Post, Signed } from "./signed-post.ts";

const HEADERS = {
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": "AWSOrganizationsV20161128.ListAccounts",
};
/** AWS's largest for this list, and how many pages are worth it: one account at a time would cost as much or more. */
const PAGE_SIZE = 20;
const MOST_PAGES = 10;

const Page = z.object({
  Accounts: z.array(z.object({ Id: AccountId, Name: z.string().min(1) })),
  NextToken: z.string().nullish(),
});

/** Organizations has one endpoint in each partition, in one Region. */
export function organizations(region: string, endpoint: string | undefined): Signed {
  const [home, domain] = region.startsWith("cn-")
    ? ["cn-northwest-1", "amazonaws.com.cn"]
    : [region.startsWith("us-gov-") ? "us-gov-west-1" : "us-east-1", "amazonaws.com"];
  const usual = `https://organizations.${home}.${domain}`;
  return { service: "organizations", region: home, endpoint: endpoint ?? usual };
}

/**
 * Fills in names by id, page by page (right `organizations:ListAccounts`), until all that are asked for are known or
 * the first 200 accounts are read. Never rejects: with the first refusal it asks no more.
 */
export function namesOfAccounts(post: Post, to: Signed) {
  const names = new Map<string, string>();
  let [pages, next, isOver]: [number, string | undefined, boolean] = [0, undefined, false];
  const readPage = async (): Promise<void> => {
    const more = next === undefined ? {} : { NextToken: next };
    const answer = await post(to, {
      path: "/",
      headers: HEADERS,
      body: { MaxResults: PAGE_SIZE, ...more },
    }).catch(() => undefined);
    const page = Page.safeParse(answer).data;
    for (const { Id, Name } of page?.Accounts ?? []) names.set(Id, Name);
    next = page?.NextToken ?? undefined;
    isOver = next === undefined || (pages += 1) >= MOST_PAGES;
  };
  let reading = Promise.resolve();
  return async (wanted: Iterable<string>): Promise<ReadonlyMap<string, string>> => {
    const ids = [...wanted];
    reading = reading.then(async () => {
      while (!isOver && ids.some((id) => !names.has(id))) await readPage();
    });
    await reading;
    return names;
  };
}
