/**
 * What packages bring along and the function never runs. It would be a third of the bundle, half of its packages, and
 * code to answer for all the same. The command line runs from the sources, with all of it.
 *
 * What is left out still loads; whoever uses it gets an error that names it.
 */

/** Whole packages, and what nobody asks them for. In Lambda, the credentials are in the environment. */
export const PACKAGES = {
  "@aws-sdk/credential-provider-ini": "reads a terminal's profiles",
  "@aws-sdk/credential-provider-process": "runs the command that a profile names",
  "@aws-sdk/credential-provider-sso": "signs in on a terminal",
  "@aws-sdk/credential-provider-web-identity": "takes a pod's token",
  "@aws-sdk/endpoint-cache": "remembers endpoints that a service hands out, and none here does",
  "@aws-sdk/xml-builder": "reads XML, and every service here answers in JSON",
  "@smithy/core/event-streams": "reads streams of events, and no answer here is one",
  "@smithy/credential-provider-imds": "asks a machine's metadata service",
  "base64-js": "is for browsers",
  "gcp-metadata": "asks Google's own machines who they are",
  "https-proxy-agent": "is a way out by itself, and the way out is src/traffic/network.ts",
  "node-fetch": "is a way out by itself, and the way out is src/traffic/network.ts",
  "on-exit-leak-free": "is for a log that a thread of its own writes",
  "thread-stream": "is for a log that a thread of its own writes",
};

/** Files of packages that are needed otherwise: folder, which files there, and what they are for. */
export const FILES = [
  [
    "google-auth-library/build/src/auth/",
    /^(?!auth|oauth2|jwt|awsrequestsigner)/,
    "other ways to sign in, and what is found out about a machine",
  ],
  ["undici/lib/mock/", /./, "tests"],
  ["undici/lib/web/", /./, "what browsers have: Node has it too"],
  [
    "undici/lib/",
    /^(?:cache|interceptor)\//,
    "answers that are kept, and other things that are not asked for",
  ],
  ["undici/lib/", /^(?:core\/socks5-|dispatcher\/(?:client-h2|h2c-client|socks5-))/, "HTTP/2 and SOCKS"],
  [
    "undici/lib/",
    /^(?:api\/api-(?:pipeline|stream)|handler\/re(?:direct|try)-)/,
    "ways to ask that are not taken",
  ],
  ["undici/lib/", /^dispatcher\/(?:balanced|round-robin)-pool/, "several servers for one name"],
  ["googleapis/build/src/apis/admin/", /^(?:datatransfer|reports)_/, "the Admin SDK's other parts"],
  ["undici/lib/llhttp/", /^llhttp-wasm\./, "machines without vector instructions"],
  ["zod/v4/", /^(?:core|classic)\/(?:from-|to-)?json-schema/, "JSON Schema"],
  ["zod/v4/locales/", /^index\./, "messages in other languages"],
];

/** What runs, and what does here all that is asked of it. */
const REPLACED = {
  // What browsers before 2015 lack, 19 packages deep: every Node has WeakMap.
  "side-channel": `module.exports = () => {
    const marks = new WeakMap();
    return { get: (key) => marks.get(key), set: (key, mark) => void marks.set(key, mark), has: (key) => marks.has(key) };
  };`,
  // Making one is nothing yet: packages do that, and derive from it, without ever using it.
  "left-out:refuse": `module.exports = (name) => {
    const refuse = (member) => {
      throw new Error(name + " is not in the bundle, and its " + member + " is used (.config/left-out.mjs)");
    };
    const made = (member) => new Proxy({}, { get: (_, asked) => refuse(member + "." + String(asked)) });
    const member = (called) => function () { return new.target === undefined ? refuse(called) : made(called); };
    const isAsked = (called) => typeof called === "string" && !["__esModule", "then"].includes(called);
    const members = new Proxy({}, { get: (_, called) => (isAsked(called) ? member(called) : undefined) });
    return Object.setPrototypeOf(member("default"), members);
  };`,
};

const loud = (name) => `module.exports = require("left-out:refuse")(${JSON.stringify(name)});`;
const escaped = (text) => text.replace(/[./]/g, "\\$&");
const whole = new RegExp(
  `^(?:${Object.keys({ ...PACKAGES, ...REPLACED })
    .map(escaped)
    .join("|")})$`,
);

/** Fails a build that finds nothing to leave out for one of the rows above. */
export const leaveOut = {
  name: "leave-out",
  setup({ onEnd, onLoad, onResolve, resolve }) {
    const idle = new Set([...Object.keys(PACKAGES), ...FILES]);
    onResolve({ filter: whole }, ({ path }) => ({ path, namespace: "left-out" }));
    onResolve({ filter: /^\./ }, async ({ path, pluginData, ...asked }) => {
      if (pluginData === "as it is" || !asked.importer.includes("node_modules")) return undefined;
      const found = await resolve(path, { ...asked, pluginData: "as it is" });
      const file = found.path.replaceAll("\\", "/").replace(/^.*node_modules\//, "");
      const row = FILES.find(
        ([folder, files]) => file.startsWith(folder) && files.test(file.slice(folder.length)),
      );
      idle.delete(row);
      return row === undefined ? found : { path: file, namespace: "left-out" };
    });
    onLoad({ filter: /./, namespace: "left-out" }, ({ path }) => {
      idle.delete(path);
      return { contents: REPLACED[path] ?? loud(path) };
    });
    onEnd(() => ({
      errors: [...idle].map((row) => ({
        text: `.config/left-out.mjs: nothing brings ${String(row)} along any more`,
      })),
    }));
  },
};
