/** Whoever mistypes a name makes this many mistakes at most; in a short one they would make it another. */
const mostMistakes = (name: string): number => (name.length <= 3 ? 1 : name.length <= 6 ? 2 : 3);

/** Longer than any name there is: not worth a comparison. */
const LONGEST = 64;

/** The name that was probably meant: the nearest by letters added, dropped, changed or swapped; undefined: none is near. */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  if (given.length > LONGEST) return undefined;
  let nearest: string | undefined;
  let least = mostMistakes(given) + 1;
  for (const name of names) {
    const mistakes = distance(given.toLowerCase(), name.toLowerCase());
    if (mistakes < least) [nearest, least] = [name, mistakes];
  }
  return nearest;
}

/** `(did you mean "x"?)`, or nothing, to put behind what was given. */
export function didYouMean(given: string, names: Iterable<string>, quote = '"'): string {
  const name = nearestName(given, names);
  return name === undefined ? '' : ` (did you mean ${quote}${name}${quote}?)`;
}

/** Optimal string alignment: Levenshtein's distance, where two neighbours that are swapped count once. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}
