import { it } from "vitest";
import { describeBundle } from "./behaviour.ts";
import { clientFolder, startUnderClient } from "./runtime-client.ts";

if (clientFolder === undefined) {
  it.skip(
    "the bundle under AWS's runtime client: LAMBDA_RIC names no folder with aws-lambda-ric; .ci/run makes one",
  );
} else {
  describeBundle("under AWS's runtime client", startUnderClient);
}
