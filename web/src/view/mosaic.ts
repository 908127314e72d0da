// Cells of a window that are coloured one after another, coarse ones first.

/** Which cells come when: those of a coarse grid, then those of grids twice as fine. */
export interface Mosaic {
  readonly columns: number;
  readonly rows: number;
  /** The next cells that have no colour of their own yet, as column and row in turn; none where all have. */
  readonly next: (count: number) => Int32Array;
  /** The side of the squares that the cells of the last `next` stand for. */
  readonly side: () => number;
}

/** The side of the first squares, a power of two. */
export const COARSEST = 32;

export function createMosaic(columns: number, rows: number): Mosaic {
  let side = COARSEST;
  let at = 0;
  let given = COARSEST;
  /** Whether a cell of the grid of this side has been in a coarser one. */
  const known = (column: number, row: number): boolean =>
    side < COARSEST && column % (2 * side) === 0 && row % (2 * side) === 0;
  return {
    columns,
    rows,
    next: (count) => {
      const cells: number[] = [];
      given = side;
      // Cells of one call are of one grid.
      while (side >= 1 && side === given && cells.length < 2 * count) {
        const wide = Math.ceil(columns / side);
        const row = Math.floor(at / wide) * side;
        const column = (at % wide) * side;
        if (row >= rows) {
          side /= 2;
          at = 0;
          if (cells.length === 0) given = side;
          continue;
        }
        at += 1;
        if (!known(column, row)) cells.push(column, row);
      }
      return Int32Array.from(cells);
    },
    side: () => given,
  };
}
