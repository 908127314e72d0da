// A film of encoded frames as a WebM file (Matroska, RFC 9559): elements of identifier, size and content.

/** A frame as it was encoded. */
export interface Frame {
  /** Milliseconds from the beginning. */
  readonly time: number;
  /** Whether it stands by itself. */
  readonly key: boolean;
  readonly data: Uint8Array;
}

type Content = readonly (Uint8Array | number)[];

/** Whole numbers as bytes, the highest first. */
function bytesOf(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

function joined(parts: Content): Uint8Array {
  const length = parts.reduce<number>((sum, part) => sum + (typeof part === "number" ? 1 : part.length), 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "number") all[at] = part;
    else all.set(part, at);
    at += typeof part === "number" ? 1 : part.length;
  }
  return all;
}

/** An element; its size always takes eight bytes. */
function element(id: number, ...content: Content): Uint8Array {
  const inside = joined(content);
  const size = bytesOf(inside.length);
  return joined([...bytesOf(id), 1, ...new Array<number>(7 - size.length).fill(0), ...size, inside]);
}

const whole = (id: number, value: number): Uint8Array => element(id, ...bytesOf(value));
const words = (id: number, value: string): Uint8Array => element(id, new TextEncoder().encode(value));

function float(id: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return element(id, bytes);
}

/** A block's time counts from its cluster in 16 bits; a cluster begins with each frame that stands by itself. */
function clusters(frames: readonly Frame[]): Uint8Array[] {
  const groups: Frame[][] = [];
  for (const frame of frames) {
    if (frame.key) groups.push([]);
    groups[groups.length - 1]?.push(frame);
  }
  return groups.map((group) => {
    const begin = Math.round(group[0]?.time ?? 0);
    const blocks = group.map(({ time, key, data }) => {
      const since = Math.round(time) - begin;
      return element(0xa3, 0x81, since >> 8, since & 255, key ? 0x80 : 0, data);
    });
    return element(0x1f43b675, whole(0xe7, begin), ...blocks);
  });
}

/** The file of one track of this codec ("V_VP9", "V_VP8"), which lasts so many milliseconds. */
export function webm(codec: string, width: number, height: number, duration: number, frames: readonly Frame[]): Blob {
  const head = element(
    0x1a45dfa3, whole(0x4286, 1), whole(0x42f7, 1), whole(0x42f2, 4), whole(0x42f3, 8), words(0x4282, "webm"), whole(0x4287, 2), whole(0x4285, 2),
  );
  const info = element(0x1549a966, whole(0x2ad7b1, 1_000_000), words(0x4d80, "Ravine"), words(0x5741, "Ravine"), float(0x4489, duration));
  const track = element(
    0xae, whole(0xd7, 1), whole(0x73c5, 1), whole(0x83, 1), words(0x86, codec), element(0xe0, whole(0xb0, width), whole(0xba, height)),
  );
  const segment = element(0x18538067, info, element(0x1654ae6b, track), ...clusters(frames));
  return new Blob([head, segment] as BlobPart[], { type: "video/webm" });
}
