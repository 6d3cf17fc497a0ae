/** What both tests of the demo need. */

/** What somebody may have set in the shell: the demo must not go there. */
export const REAL = {
  SCIM_ENDPOINT: "https://scim.eu-west-1.amazonaws.com/11111111111-2222/scim/v2",
  SSOSYNC_GROUP_MATCH: "name:real-*",
};

/** What the demo says itself, above and between the program's answers. */
export const prose = (out: string): readonly string[] =>
  [...out.matchAll(/(?:^A company in a box|^━━)[\s\S]*?\n\n/gm)].flatMap(([text]) => text.split("\n"));
