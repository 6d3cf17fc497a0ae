/**
 * Lambda's API as far as lambroll needs it (API reference, 2015-03-31), on a port of its own. What is deployed is
 * unpacked and run: an invocation is answered by the code and the settings of the version that its qualifier means.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { Definition } from "../bundle/definition.ts";
import { startPlain } from "../bundle/plain.ts";
import { unzipped } from "./zip.ts";

interface Version {
  readonly configuration: Record<string, unknown>;
  readonly zip: Buffer;
}

export interface LambdaApi {
  readonly url: string;
  /** By number; what is deployed last is `$LATEST` too. */
  readonly versions: ReadonlyMap<string, Version>;
  readonly aliases: ReadonlyMap<string, string>;
  /** What Terraform does once the function exists. */
  readonly alias: (name: string, version: string) => void;
  /** The environment of a function when it is run, besides its own. */
  readonly around: Record<string, string>;
}

class Refusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

const LATEST = "$LATEST";
const ARN = "arn:aws:lambda:eu-west-1:111122223333:function:";
const absent = (what: string): Refusal => new Refusal(404, "ResourceNotFoundException", `${what} not found`);

type Body = Readonly<Record<string, unknown>>;

/** To be called inside a test, with which it ends. */
export async function useLambda(): Promise<LambdaApi> {
  const versions = new Map<string, Version>();
  const aliases = new Map<string, string>();
  const around: Record<string, string> = {};

  const versionOf = (qualifier: string): Version => {
    const found = versions.get(aliases.get(qualifier) ?? qualifier);
    if (found === undefined) throw absent(`Function ${qualifier}`);
    return found;
  };
  const zipOf = (body: Body): Buffer => {
    const zip = Buffer.from(
      String((body["Code"] as Body | undefined)?.["ZipFile"] ?? body["ZipFile"]),
      "base64",
    );
    if (unzipped(zip).size > 0) return zip;
    throw new Refusal(400, "InvalidParameterValueException", "Uploaded file must be a non-empty zip");
  };
  const put = (configuration: Body, zip: Buffer, version = LATEST): Version => {
    const made: Version = {
      zip,
      configuration: {
        ...configuration,
        FunctionArn: `${ARN}${String(configuration["FunctionName"])}`,
        ...{ Version: version, State: "Active", LastUpdateStatus: "Successful", PackageType: "Zip" },
        CodeSha256: createHash("sha256").update(zip).digest("base64"),
        CodeSize: zip.length,
      },
    };
    versions.set(version, made);
    return made;
  };
  const publish = (latest: Version): Version => put(latest.configuration, latest.zip, String(versions.size));
  const aliasBody = (name: string) => ({
    AliasArn: `${ARN}${name}`,
    ...{ Name: name, FunctionVersion: aliases.get(name) },
  });

  const answer = async (method: string, { pathname, searchParams }: URL, body: Body): Promise<unknown> => {
    const [, , kind, name = "", what = "", which = ""] = pathname.split("/");
    if (kind === "tags") return {};
    const qualifier = searchParams.get("Qualifier") ?? LATEST;
    switch (`${method} ${what}`) {
      case "POST ": {
        const { Code: _, Publish, ...configuration } = body;
        const latest = put(configuration, zipOf(body));
        return (Publish === true ? publish(latest) : latest).configuration;
      }
      case "GET ":
        return { Configuration: versionOf(qualifier).configuration, Code: {}, Tags: {} };
      case "PUT configuration": {
        const latest = versionOf(LATEST);
        return put({ ...latest.configuration, ...body }, latest.zip).configuration;
      }
      case "PUT code": {
        const zip = zipOf(body);
        if (body["DryRun"] === true) return versionOf(LATEST).configuration;
        const latest = put(versionOf(LATEST).configuration, zip);
        return (body["Publish"] === true ? publish(latest) : latest).configuration;
      }
      case "GET aliases":
        if (!aliases.has(which)) throw absent(`Alias ${which}`);
        return aliasBody(which);
      case "PUT aliases":
        if (!aliases.has(which)) throw absent(`Alias ${which}`);
        aliases.set(which, String(body["FunctionVersion"]));
        return aliasBody(which);
      case "POST aliases":
        aliases.set(String(body["Name"]), String(body["FunctionVersion"]));
        return aliasBody(String(body["Name"]));
      case "GET versions":
        return { Versions: [...versions.values()].map(({ configuration }) => configuration) };
      case "POST invocations":
        return invoked(name, versionOf(qualifier), qualifier, body);
      default:
        throw new Refusal(
          400,
          "InvalidRequestContentException",
          `${method} ${pathname} is not in this stand-in`,
        );
    }
  };
  const invoked = async (
    name: string,
    { configuration, zip }: Version,
    qualifier: string,
    event: unknown,
  ) => {
    const folder = mkdtempSync(join(tmpdir(), "lambda-"));
    for (const [path, content] of unzipped(zip)) writeFileSync(join(folder, path), content);
    const definition = Definition.parse(configuration);
    const [module = ""] = definition.Handler.split(".");
    const environment = {
      ...definition.Environment.Variables,
      ...around,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_LOG_FORMAT: "JSON",
    };
    const remove = (): void => rmSync(folder, { recursive: true });
    const running = await startPlain({
      definition,
      folder,
      file: join(folder, `${module}.mjs`),
      environment,
      remove,
    });
    try {
      const told = await running.invoke({
        event,
        requestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        qualifier,
      });
      return "error" in told ? told.error : told.value;
    } finally {
      await running.stop();
      remove();
    }
  };

  const server = createServer((request, response) => {
    void (async () => {
      try {
        const sent = await text(request);
        const url = new URL(request.url ?? "", "http://lambda");
        const told = await answer(request.method ?? "", url, sent === "" ? {} : (JSON.parse(sent) as Body));
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(told));
      } catch (error) {
        const { status, type } = error instanceof Refusal ? error : { status: 500, type: "ServiceException" };
        response.writeHead(status, { "x-amzn-errortype": type, "content-type": "application/json" });
        response.end(JSON.stringify({ Type: "User", message: String((error as Error).message) }));
      }
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const alias = (name: string, version: string): void => void aliases.set(name, version);
  return { url: `http://127.0.0.1:${port}`, versions, aliases, alias, around };
}
