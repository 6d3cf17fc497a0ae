import type { Request } from "../request.ts";
import type { Environment, Place } from "../settings/config.ts";
import type { Patience } from "../world.ts";
import type { Watch } from "./proposal.ts";

/** What is asked, and everything around it that the two ways in know. */
export interface Call<R extends Request = Request> {
  readonly environment: Environment;
  readonly place: Place;
  readonly request: R;
  readonly requestId?: string;
  /** The alias or version through which Lambda was called; `undefined` elsewhere. */
  readonly qualifier?: string | undefined;
  readonly remainingMs?: () => number;
  /** Once aborted, no change is started any more: somebody at the terminal had enough. */
  readonly stop?: AbortSignal;
  readonly patience?: Patience;
  /** Looks on beside the log. */
  readonly watch?: Watch;
  /** Where log lines go: standard output unless told; `"nowhere"` when the terminal shows the same. */
  readonly lines?: "nowhere";
}

/** What runs: the function, or the command line. */
export const functionOf = ({ environment }: Call): string => environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "cli";
