import { describeBundle } from "./behaviour.ts";
import { startPlain } from "./plain.ts";

describeBundle("in a Node process", startPlain);
