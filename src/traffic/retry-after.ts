/** A `Retry-After` header, seconds or an HTTP date (RFC 9110), as ms from now; `undefined` when it makes no sense. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  const text = header?.trim() ?? "";
  if (text === "") return undefined;
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1000;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
