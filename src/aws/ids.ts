import { z } from "zod";
import { type TargetId, targetId } from "../core/model.ts";

/** An id of IAM Identity Center: hexadecimal digits and hyphens, at most 47. Room is left, but it goes into a path. */
export const Id = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .transform(targetId);

/** Whether AWS can be asked about it. */
export const isUsable = (id: TargetId): boolean => Id.safeParse(id).success;
