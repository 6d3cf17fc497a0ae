import { z } from "zod";
import { targetId } from "../core/model.ts";

/** An id of IAM Identity Center: hexadecimal digits and hyphens, at most 47. Room is left, but it goes into a path. */
export const Id = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .transform(targetId);
