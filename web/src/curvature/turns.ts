// Work that is left to be done, one piece a frame, so that no frame is late.

export interface Turns<Job> {
  /** All of it is to be done again; the first piece at once. */
  readonly again: () => void;
  /** The next piece, unless this frame has had one; whether more is left. */
  readonly frame: () => boolean;
  /** All pieces now, in this order. */
  readonly all: (order: readonly Job[]) => void;
}

/** `order` says in which order the pieces are wanted now. */
export function createTurns<Job extends () => void>(order: () => readonly Job[]): Turns<Job> {
  const pending = new Set<Job>();
  let busy = false;
  const one = (): void => {
    busy = true;
    order().find((job) => pending.delete(job))?.();
  };
  return {
    again: () => {
      for (const job of order()) pending.add(job);
      one();
    },
    frame: () => {
      if (!busy) one();
      busy = false;
      return pending.size > 0;
    },
    all: (jobs) => {
      for (const job of jobs) job();
      pending.clear();
    },
  };
}
