/** Runs in the function's process: loads the bundle as Lambda does, and answers one invocation after another. */
import { pathToFileURL } from "node:url";

interface Call {
  readonly event: unknown;
  readonly requestId: string;
  readonly arn: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}
type Handler = (event: unknown, context: object) => Promise<unknown>;

const [, , file = "", name = ""] = process.argv;
const { [name]: handler } = (await import(pathToFileURL(file).href)) as Record<string, Handler>;
if (typeof handler !== "function") throw new Error(`${file} exports no function ${name}`);

process.on("message", (call: Call) => {
  const context = {
    awsRequestId: call.requestId,
    invokedFunctionArn: call.arn,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    getRemainingTimeInMillis: () => call.deadline - Date.now(),
  };
  handler(call.event, context).then(
    (value) => process.send?.({ value }),
    (error: Error) => process.send?.({ error: { errorType: error.name, errorMessage: error.message } }),
  );
});
process.send?.("loaded");
