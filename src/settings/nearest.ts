/** Single-character insertions, deletions, replacements and swaps of neighbours that make one text of the other. */
function distance(one: string, other: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}

/** The known word that needs the fewest edits to become `word`, if that is no more than `most`; case does not matter. */
export function nearest(
  word: string,
  known: readonly string[],
  most = Infinity,
): { readonly word: string; readonly edits: number } {
  // Names are attacker-free but may be long; a cut keeps the table small and changes no sensible suggestion.
  const wanted = word.slice(0, 64).toLowerCase();
  let best = { word: "", edits: Infinity };
  for (const candidate of known) {
    // As many edits as the lengths differ by are needed in any case.
    const least = Math.abs(candidate.length - wanted.length);
    if (least > most || least >= best.edits) continue;
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits <= most && edits < best.edits) best = { word: candidate, edits };
  }
  return best;
}
