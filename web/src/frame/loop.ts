// Frames only while something moves.

export interface Loop {
  /** Asks for a frame. */
  readonly wake: () => void;
  /** Whether nothing moves. */
  readonly idle: () => boolean;
}

/** A pause counts as at most so many seconds. */
const LONGEST = 0.1;

/** `frame` gets the seconds since the last one, 0 after a rest; it returns whether it wants another. */
export function createLoop(frame: (seconds: number) => boolean): Loop {
  let scheduled = false;
  let idle = true;
  let last = 0;
  const wake = (): void => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(tick);
    if (idle) document.body.dataset.ready = "false";
    idle = false;
  };
  const tick = (time: number): void => {
    scheduled = false;
    const seconds = last === 0 ? 0 : Math.min(LONGEST, (time - last) / 1000);
    last = time;
    if (frame(seconds)) wake();
    else if (!scheduled) {
      last = 0;
      idle = true;
      document.body.dataset.ready = "true";
    }
  };
  return { wake, idle: () => idle };
}
