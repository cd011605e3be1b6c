/** Linear RGB, 0 to 1. */
type Linear = readonly [number, number, number];

/** Full dichromacy in linear RGB, from Machado, Oliveira, Fernandes (2009), severity 1. */
const SIGHT = {
  'full colour': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

export type Sight = keyof typeof SIGHT;
export const SIGHTS: readonly Sight[] = ['full colour', 'protanopia', 'deuteranopia', 'tritanopia'];

/** @param hex `#rrggbb`. */
function linear(hex: string): Linear {
  const of = (at: number): number => {
    const s = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  };
  return [of(1), of(3), of(5)];
}

/** Contrast of two colours by WCAG 2.2, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [a, b].map((hex) => luminance(linear(hex))).sort((x, y) => x - y);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const luminance = ([r, g, b]: Linear): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** How far two colours are apart to an eye, in OKLab times 100 (Ottosson 2020); about 2 is just noticeable. */
export function distance(a: string, b: string, sight: Sight): number {
  const [p, q] = [a, b].map((hex) => oklab(seen(linear(hex), sight)));
  return p === undefined || q === undefined ? 0 : 100 * Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function seen([r, g, b]: Linear, sight: Sight): Linear {
  const m = SIGHT[sight];
  const row = (k: 0 | 3 | 6): number => Math.min(1, Math.max(0, m[k] * r + m[k + 1]! * g + m[k + 2]! * b));
  return [row(0), row(3), row(6)];
}

function oklab([r, g, b]: Linear): Linear {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
