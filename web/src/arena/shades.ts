// Colours of a map of basins: a hue a minimum, darker where it takes longer, or iterations alone.

export type Color = readonly [number, number, number];

/** What a run reaches, as the core numbers it, up to the first minimum. */
export const NOWHERE = 0;
export const AWAY = 1;
export const NO_MINIMUM = 2;
export const UNDERWAY = 3;
export const MINIMUM = 4;

/** Hues of the first minima, far from each other for eyes of all kinds; later ones go around by the golden angle. */
const HUES = [230, 45, 145, 330, 190, 95, 285, 15];

function ofHsl(hue: number, saturation: number, lightness: number): Color {
  const a = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Viridis at five places: even steps for all eyes. */
const SCALE: readonly Color[] = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

/** The part of the way from one iteration to the most, on a logarithmic scale. */
const share = (iterations: number, most: number): number => Math.min(1, Math.log1p(iterations) / Math.log1p(most));

/** The colour of a start; null where the map stays as it is. */
export function shade(reached: number, iterations: number, by: "minimum" | "iterations", most: number, dark: boolean): Color | null {
  if (reached === NOWHERE) return null;
  const ends = reached >= MINIMUM;
  if (by === "iterations") {
    if (!ends) return null;
    const place = (1 - share(iterations, most)) * (SCALE.length - 1);
    const i = Math.min(SCALE.length - 2, Math.floor(place));
    const [low, high] = [SCALE[i] ?? [0, 0, 0], SCALE[i + 1] ?? [0, 0, 0]];
    const mix = (c: 0 | 1 | 2): number => Math.round(low[c] + (high[c] - low[c]) * (place - i));
    return [mix(0), mix(1), mix(2)];
  }
  if (reached === AWAY) return dark ? [62, 34, 36] : [228, 204, 202];
  if (reached === NO_MINIMUM) return dark ? [150, 154, 160] : [112, 116, 122];
  if (reached === UNDERWAY) return dark ? [56, 60, 64] : [214, 216, 218];
  const k = reached - MINIMUM;
  const hue = HUES[k] ?? (k * 137.508) % 360;
  const late = share(iterations, most);
  return dark ? ofHsl(hue, 0.55, 0.56 - 0.36 * late) : ofHsl(hue, 0.62, 0.86 - 0.5 * late);
}
