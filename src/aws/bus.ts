/** Messages to whoever must act, over an EventBridge bus. */
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { TargetError } from "./errors.ts";
import { commonTrouble, fault, faultWords } from "./sdk.ts";

interface BusOptions {
  readonly client: EventBridgeClient;
  /** The name or the ARN. */
  readonly bus: string;
  readonly signal: AbortSignal;
}

/** By which a rule finds them. */
const SOURCE = "ssosync";
const DETAIL_TYPE = "ssosync needs somebody";

/** Sends one message; needs the right `events:PutEvents`. Throws a `TargetError`, or the signal's reason. */
export async function sendMessage(detail: object, { client, bus, signal }: BusOptions): Promise<void> {
  const entry = {
    EventBusName: bus,
    Source: SOURCE,
    DetailType: DETAIL_TYPE,
    Detail: JSON.stringify(detail),
  };
  const sent = await client
    .send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw new TargetError(busTrouble(error, bus), { cause: error });
    });
  const [refused] = sent.Entries ?? [];
  if (refused?.ErrorCode === undefined) return;
  throw new TargetError({
    why: `EventBridge did not take the message for the bus ${bus} (${refused.ErrorCode}: ${refused.ErrorMessage ?? ""})`,
    todo: "look at the bus and its rules",
  });
}

function busTrouble(error: unknown, bus: string) {
  const it = fault(error);
  if (it.name === "AccessDeniedException")
    return {
      why: `AWS does not allow events:PutEvents on the bus ${bus} (${faultWords(it)})`,
      todo: "allow it for the role or user that this runs as",
    };
  if (it.name === "ResourceNotFoundException")
    return {
      why: `There is no EventBridge bus ${bus} (${faultWords(it)})`,
      todo: "set NOTIFY to the name or the ARN of the bus that Terraform made",
    };
  return (
    commonTrouble(error, "events:PutEvents", "EventBridge") ?? {
      why: `EventBridge did not take the message for the bus ${bus} (${faultWords(it)})`,
      todo: "",
    }
  );
}
