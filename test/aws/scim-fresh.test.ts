import { expect, test } from "vitest";
import { useEmulator } from "../emulator/use-emulator.ts";
import { ada, scimAt } from "./stage.ts";

test("an id made a moment ago is waited for once, and not again each time it is refused", async () => {
  const emulator = await useEmulator();
  const scim = scimAt(emulator);
  const { id } = await scim.createUser(ada);
  const { id: group } = await scim.createGroup({ externalId: ada.externalId, name: "aws" }, []);
  emulator.aws.deleteUser(ada.userName);
  const asked = async (): Promise<number> => {
    emulator.forget();
    await expect(scim.addMembers(group, [id])).rejects.toMatchObject({ status: 404 });
    return emulator.count({ operation: "PatchGroup" });
  };
  expect(await asked()).toBe(5);
  expect(await asked()).toBe(1);
});
