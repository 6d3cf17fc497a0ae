import { describeMore } from "./behaviour.ts";
import { startPlain } from "./plain.ts";

describeMore("in a Node process", startPlain);
