/** Which columns the list shows. */
import type { Figures, Kind, Rule } from "./protocol";

export interface Wanted {
  text: string;
  failing: boolean;
  ruled: boolean;
  nulls: boolean;
  kind: Kind | "";
}

export const EVERYTHING: Wanted = {
  text: "",
  failing: false,
  ruled: false,
  nulls: false,
  kind: "",
};

export interface Known {
  name(column: number): string;
  kind(column: number): Kind;
  figures(column: number): Figures | undefined;
  ruled: ReadonlyMap<number, unknown>;
  failing: ReadonlyMap<number, unknown>;
}

/**
 * Whether a column is shown. One whose nulls are not counted yet may have some: it is shown, so that
 * it gets counted, and leaves the list if it has none.
 */
export const shown = (column: number, wanted: Wanted, known: Known): boolean =>
  known.name(column).toLowerCase().includes(wanted.text.trim().toLowerCase()) &&
  (!wanted.failing || known.failing.has(column)) &&
  (!wanted.ruled || known.ruled.has(column)) &&
  (!wanted.nulls || (known.figures(column)?.nulls ?? 1) > 0) &&
  (!wanted.kind || known.kind(column) === wanted.kind);

/** The rules that are about each column. */
export const byColumn = (rules: readonly Rule[]): Map<number, Rule[]> => {
  const found = new Map<number, Rule[]>();
  for (const rule of rules) {
    for (const column of rule.columns) found.set(column, [...(found.get(column) ?? []), rule]);
  }
  return found;
};
