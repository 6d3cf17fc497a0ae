/** The bundle in a plain Node process, called through the process's own channel: for speed, on any machine. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Answer, arnOf, deadlineOf, LAMBDAS_NODE, listen, type Installed, type Running } from "./running.ts";

export async function startPlain({ definition, environment, file }: Installed): Promise<Running> {
  const [, name = ""] = definition.Handler.split(".");
  const child = fork(join(import.meta.dirname, "child.ts"), [file, name], {
    env: environment,
    execArgv: LAMBDAS_NODE,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const heard = listen(child);
  const ended = once(child, "close");
  const answered = async (): Promise<unknown> => {
    const gone = ended.then(() => {
      throw new Error(`The function's process ended: ${heard.output().slice(-2_000)}`);
    });
    const [message] = (await Promise.race([once(child, "message"), gone])) as unknown[];
    return message;
  };
  await answered();
  return {
    ...heard,
    invoke: async ({ event, requestId, remainingMs, qualifier }) => {
      const deadline = deadlineOf(definition, remainingMs);
      const answer = answered();
      child.send({ event: event ?? null, requestId, arn: arnOf(definition, qualifier), deadline });
      return Answer.parse(await answer);
    },
    stop: async () => {
      // Lambda ends it the same way; what was written lies in the pipe already.
      child.kill("SIGKILL");
      await ended;
    },
  };
}
