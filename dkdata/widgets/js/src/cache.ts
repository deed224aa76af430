/** The pages of the present view that were asked for, by blocks of rows and columns. */
import { range } from "./numbers";
import type { Page } from "./protocol";

export const BLOCK_ROWS = 80; // as many as the kernel sends with a view
export const BLOCK_COLUMNS = 20;
const MOST_BLOCKS = 60;

export interface Missing {
  offset: number;
  limit: number;
  first: number;
  count: number;
}

export class Cache {
  readonly #blocks = new Map<string, Page>();

  constructor(readonly epoch: number) {}

  /** Takes a page in; one of another epoch is of another view. */
  put(page: Page): void {
    if (page.epoch !== this.epoch) return;
    const wide = Math.max(1, page.cells[0]?.length ?? 0);
    for (let row = page.offset; row < page.offset + page.labels.length; row += BLOCK_ROWS) {
      for (let column = page.first; column < page.first + wide; column += BLOCK_COLUMNS) {
        this.#blocks.set(key(row, column), page);
      }
    }
    for (const old of [...this.#blocks.keys()].slice(0, -MOST_BLOCKS)) this.#blocks.delete(old);
  }

  /** The text of a cell; null is null, undefined is not known. */
  cell(row: number, column: number): string | null | undefined {
    const page = this.#blocks.get(key(row, column));
    return page?.cells[row - page.offset]?.[column - page.first];
  }

  /** The label of a row, which any page with the row has. */
  label(row: number, columns: readonly number[]): string | undefined {
    for (const column of columns.length ? columns : [0]) {
      const page = this.#blocks.get(key(row, column));
      if (page) return page.labels[row - page.offset];
    }
    return undefined;
  }

  /** Whether a cell is one for which its row was chosen. */
  marked(row: number, column: number): boolean {
    const page = this.#blocks.get(key(row, column));
    return page?.marks?.[row - page.offset]?.includes(column) ?? false;
  }

  /** What to ask for next, for these rows and columns to be known. */
  missing(from: number, end: number, columns: readonly number[]): Missing | undefined {
    const rows = blocks(range(from, end), BLOCK_ROWS);
    const wanted = columns.length ? blocks(columns, BLOCK_COLUMNS) : [0];
    const lacks = (row: number, column: number) => !this.#blocks.has(key(row, column));
    for (const column of wanted) {
      const lacking = rows.filter((row) => lacks(row, column));
      const [offset] = lacking;
      if (offset === undefined) continue;
      let count = BLOCK_COLUMNS;
      while (wanted.includes(column + count) && lacks(offset, column + count))
        count += BLOCK_COLUMNS;
      const limit = (lacking.at(-1) as number) - offset + BLOCK_ROWS;
      return { offset, limit, first: column, count };
    }
    return undefined;
  }
}

const key = (row: number, column: number): string =>
  `${Math.floor(row / BLOCK_ROWS)} ${Math.floor(column / BLOCK_COLUMNS)}`;

const blocks = (positions: readonly number[], size: number): number[] =>
  [...new Set(positions.map((position) => position - (position % size)))].sort((a, b) => a - b);
