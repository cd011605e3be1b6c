/** A short, safe rendering of any value for an error message. */
export function formatValue(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  try {
    if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 120 ? `${text.slice(0, 117)}...` : text;
  } catch {
    return `${typeof value} that cannot be shown`;
  }
}
