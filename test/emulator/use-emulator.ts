/** The emulator inside vitest: it closes itself, and an unknown route fails the test that asked for it. */
import { onTestFinished } from "vitest";
import { startEmulator, type Emulator, type EmulatorOptions } from "./emulator.ts";

/** To be called inside a test. For one emulator over several tests use `startEmulator` and its `verify`. */
export async function useEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator(options);
  onTestFinished(async () => {
    await emulator.close();
    emulator.verify();
  });
  return emulator;
}
