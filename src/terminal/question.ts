import { createInterface } from "node:readline";

export interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** What is typed in answer, without the white space around it; `undefined` when the input ends or Ctrl-C is typed. */
export function ask(question: string, { input, output }: Streams): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    let answered: string | undefined;
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => {
      if (answered === undefined) output.write("\n");
      resolve(answered);
    });
    lines.question(question, (answer) => {
      answered = answer.trim();
      lines.close();
    });
  });
}
