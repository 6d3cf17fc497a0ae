const { SEARCH, SEARCH_SEED } = process.env;

/** What `npm test` makes of a search. */
const PART = 1 / 16;

/**
 * How long a random search goes on: `all` examples in `npm run test:long`, others each time. `npm test` tries a part
 * of them, always the same, so that whoever sees it red made it so. `SEARCH=20 npm run test:long` goes on twenty times
 * as long. What fails is printed with its seed; SEARCH_SEED brings it back.
 */
export function search(all: number): { readonly numRuns: number; readonly seed?: number } {
  const seed = SEARCH_SEED ?? (SEARCH === undefined ? "20260310" : undefined);
  return {
    numRuns: Math.ceil(all * Number(SEARCH ?? PART)),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

/** Every place of a walk in `npm run test:long`, every so many in `npm test`. */
export const stride = (partly: number): number => (SEARCH === undefined ? partly : 1);
