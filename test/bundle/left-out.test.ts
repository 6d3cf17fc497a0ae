/** What is left out of the bundle: it loads, and is an error that names it as soon as somebody uses it. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin, type PluginBuild } from "esbuild";
import { expect, it } from "vitest";
import { ROOT } from "./definition.ts";

const { leaveOut, PACKAGES } = (await import(pathToFileURL(join(ROOT, ".config/left-out.mjs")).href)) as {
  readonly leaveOut: Plugin;
  readonly PACKAGES: Readonly<Record<string, string>>;
};

/** As in the build, which also minds rows that nothing needs: here most are idle. */
const leaving: Plugin = {
  name: leaveOut.name,
  setup: (own: PluginBuild) => leaveOut.setup({ ...own, onEnd: () => undefined }),
};

/** What `code` exports, bundled as the function is. */
async function bundled(code: string): Promise<Record<string, () => unknown>> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ROOT },
    plugins: [leaving],
    bundle: true,
    write: false,
    platform: "node",
    mainFields: ["module", "main"],
    format: "cjs",
    define: { esbuildDetection: "true" },
    logLevel: "error",
  });
  const module = { exports: {} };
  new Function("module", "require", outputFiles[0]?.text ?? "")(module, createRequire(import.meta.url));
  return module.exports;
}

it.each(Object.keys(PACKAGES))("%s may be loaded, and no way to use it is let pass", async (name) => {
  const uses = await bundled(`
    import * as absent from "${name}";
    class Derived extends absent.Some { more = 1; }
    const it = new Derived();
    export const called = () => absent.some();
    export const made = () => new absent.Some().thing();
    export const derived = () => it.thing;
    export const itself = () => require("${name}")();
  `);
  expect(Object.keys(uses)).toHaveLength(4);
  for (const use of Object.values(uses)) expect(use).toThrow(`${name} is not in the bundle`);
});

it("of packages that are needed otherwise, neither", { tags: "long" }, async () => {
  const { fetching, caching, signingIn, asSchema } = await bundled(`
    import { CacheStorage, fetch, interceptors } from "undici";
    import { GoogleAuth } from "google-auth-library";
    import { z } from "zod";
    export const fetching = () => fetch("http://127.0.0.1:9");
    export const caching = () => interceptors.cache();
    export const signingIn = () => new GoogleAuth().getClient();
    export const asSchema = () => z.toJSONSchema(z.string());
  `);
  await expect(async () => fetching?.()).rejects.toThrow(
    "undici/lib/web/fetch/index.js is not in the bundle",
  );
  expect(caching).toThrow("undici/lib/interceptor/cache.js is not in the bundle");
  expect(signingIn).toThrow("google-auth-library/build/src/auth/googleauth.js is not in the bundle");
  expect(asSchema).toThrow(/zod\/v4\/core\/\S+ is not in the bundle/);
});
