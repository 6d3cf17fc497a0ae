/** @module-tag long */
import { it } from "vitest";
import { describeBundle } from "./behaviour.ts";
import { clientFolder, startUnderClient } from "./runtime-client.ts";

if (clientFolder === undefined) {
  it.skip(
    "the bundle under AWS's runtime client: left out, because LAMBDA_RIC names no folder with aws-lambda-ric",
  );
} else {
  describeBundle("under AWS's runtime client", startUnderClient);
}
