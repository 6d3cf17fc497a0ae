/**
 * Something wrong outside the program. `why` says what is the case and begins with a capital letter; `todo` says what
 * to do about it and begins with a verb in lower case, or is empty. Neither ends in a full stop, nor holds a secret.
 */
export interface Trouble {
  readonly why: string;
  readonly todo: string;
}

/** Both halves as one sentence, for a log line or an error's message. */
export const troubleSentence = ({ why, todo }: Trouble): string =>
  todo === "" ? `${why}.` : `${why}; ${todo}.`;

/** A trouble that is thrown. Its message is the one sentence; whoever needs the halves takes `why` and `todo`. */
export class TroubleError extends Error implements Trouble {
  readonly why: string;
  readonly todo: string;

  constructor(trouble: Trouble, cause?: unknown) {
    super(troubleSentence(trouble), cause === undefined ? {} : { cause });
    this.why = trouble.why;
    this.todo = trouble.todo;
  }
}
