const SPECIAL: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Any text as text of a page, also inside quotes. */
export const text = (value: string | number): string => String(value).replace(/[&<>"']/g, (one) => SPECIAL[one] ?? one);

/** A coordinate: three decimals are finer than any screen. */
export const at = (value: number): string => String(Math.round(value * 1000) / 1000);

/** Hues of lines are told apart by dashes as well. */
const DASHES = ['', '7 3', '2 3', '10 3 2 3', '14 4', '5 5', '1 4', '8 2 2 2 2 2', '3 7'];

/** How the k-th algorithm is drawn. */
export const lineStyle = (k: number): string => {
  const dash = DASHES[k % DASHES.length]!;
  return `class="line c${k % 9}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
};
