// The surface as a shaded relief: bright floor, darker heights, light from the upper left.

type Color = readonly [number, number, number];

const LIGHT: readonly Color[] = [
  [255, 253, 247], [240, 243, 240], [221, 229, 229], [198, 211, 215], [173, 190, 198], [148, 167, 178],
];
const DARK: readonly Color[] = [
  [13, 17, 21], [19, 26, 31], [27, 37, 44], [38, 51, 60], [51, 67, 77], [66, 85, 96],
];

function table(stops: readonly Color[]): Uint8Array {
  const colors = new Uint8Array(256 * 3);
  for (let k = 0; k < 256; k += 1) {
    const at = (k / 255) * (stops.length - 1);
    const i = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c += 1) {
      const low = stops[i]?.[c] ?? 0;
      const high = stops[i + 1]?.[c] ?? 0;
      colors[3 * k + c] = Math.round(low + (high - low) * (at - i));
    }
  }
  return colors;
}
const RAMPS = { light: table(LIGHT), dark: table(DARK) };

/** Where a value lies among ascending levels, on a scale from 0 to 1 that is even in the levels. */
export function heightAmong(levels: Float64Array, least: number, value: number): number {
  const n = levels.length;
  if (n === 0) return 0;
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (levels[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  const below = low === 0 ? least : levels[low - 1]!;
  const above = low < n ? levels[low]! : 2 * levels[n - 1]! - (levels[n - 2] ?? least);
  const part = above > below ? Math.min(1, Math.max(0, (value - below) / (above - below))) : 0;
  return (low + part) / (n + 1);
}

/** An image of the field, one pixel a node, the first row of values at the bottom. */
export function fieldImage(
  values: Float64Array,
  columns: number,
  rows: number,
  levels: Float64Array,
  dark: boolean,
): ImageData {
  const ramp = dark ? RAMPS.dark : RAMPS.light;
  let least = Infinity;
  for (const value of values) if (value < least) least = value;
  const heights = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    heights[i] = Number.isFinite(value) ? heightAmong(levels, least, value) : 1;
  }
  const image = new ImageData(columns, rows);
  const pixels = image.data;
  const strength = (dark ? 0.9 : 0.55) * Math.min(columns, rows) * 0.05;
  for (let row = 0; row < rows; row += 1) {
    const up = Math.min(row + 1, rows - 1) * columns;
    const down = Math.max(row - 1, 0) * columns;
    for (let column = 0; column < columns; column += 1) {
      const i = row * columns + column;
      const right = heights[row * columns + Math.min(column + 1, columns - 1)]!;
      const left = heights[row * columns + Math.max(column - 1, 0)]!;
      const rise = heights[up + column]! - heights[down + column]!;
      const slope = strength * (right - left - rise);
      const shade = 1 + (0.16 * slope) / Math.sqrt(1 + slope * slope);
      const k = 3 * Math.min(255, Math.floor(heights[i]! * 255));
      const p = 4 * ((rows - 1 - row) * columns + column);
      pixels[p] = ramp[k]! * shade;
      pixels[p + 1] = ramp[k + 1]! * shade;
      pixels[p + 2] = ramp[k + 2]! * shade;
      // Where there is no value, the stripes behind show.
      pixels[p + 3] = Number.isFinite(values[i]!) ? 255 : 0;
    }
  }
  return image;
}

/** Paints the image over the whole canvas, the outermost nodes on its edges. */
export function paintField(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  image: ImageData,
  width: number,
  height: number,
): void {
  const small = new OffscreenCanvas(image.width, image.height);
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.drawImage(small, 0.5, 0.5, image.width - 1, image.height - 1, 0, 0, width, height);
}
