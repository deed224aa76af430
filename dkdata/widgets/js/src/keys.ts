/** Which key moves where in a grid, as the ARIA practices for grids say. */

import { clamped } from "./numbers";

export type At = readonly [row: number, column: number];

export interface Extent {
  first: number; // the first row: -1 where the heads are part of the grid
  rows: number;
  columns: number;
  page: number;
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">;

/** The cell that a key moves to; null for keys that do not move. */
export const moved = (pressed: Pressed, [row, column]: At, extent: Extent): At | null => {
  const { first, rows, columns, page } = extent;
  const far = pressed.ctrlKey || pressed.metaKey;
  const at = (r: number, c: number): At => [
    clamped(first, r, rows - 1),
    clamped(0, c, columns - 1),
  ];
  switch (pressed.key) {
    case "ArrowUp":
      return at(far ? first : row - 1, column);
    case "ArrowDown":
      return at(far ? rows - 1 : row + 1, column);
    case "ArrowLeft":
      return at(row, far ? 0 : column - 1);
    case "ArrowRight":
      return at(row, far ? columns - 1 : column + 1);
    case "Home":
      return at(far ? first : row, 0);
    case "End":
      return at(far ? rows - 1 : row, columns - 1);
    case "PageUp":
      return at(row < 0 ? row : Math.max(0, row - page), column);
    case "PageDown":
      return at(row + page, column);
    default:
      return null;
  }
};

/** Keeps a key that was handled from the notebook. */
export const handled = (event: Event): void => {
  event.preventDefault();
  event.stopPropagation();
};

/** Gives what does for each key what is said for it, if anything is. */
export const onKeys =
  (keys: Record<string, (() => void) | false | null | undefined>) =>
  (event: KeyboardEvent): void => {
    const act = keys[event.key];
    if (!act) return;
    act();
    handled(event);
  };

/** Whether a key is being typed into a field. */
export const typing = (event: Event): boolean => {
  const target = event.composedPath()[0];
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox])"))
  );
};
