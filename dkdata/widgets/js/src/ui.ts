import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { range } from "./numbers";
import type { Kwargs, Rule } from "./protocol";

export type Tab = "columns" | "column" | "rules" | "rows" | "compare";

/** The form that is open: for a rule that is there, or for a new one. */
export type Editing = { rule: Rule } | { type: string; kwargs: Kwargs };

/** What only this view knows: another view of the model may show other things. */
export interface Ui {
  tab: Tab;
  pinned: readonly number[];
  isolated: boolean;
  editing: Editing | null;
  help: boolean;
}

/** What a new expectation is, until another one is chosen. */
export const NEW = "expect_column_values_to_not_be_null";

export const START: Ui = {
  tab: "rows",
  pinned: [],
  isolated: false,
  editing: null,
  help: false,
};

export interface Shown {
  ui: Ui;
  show(change: Partial<Ui>): void;
}

export const Screen = createContext<Shown>(null as unknown as Shown);

export const useUi = (): Shown => useContext(Screen);

/** The columns in the order of this view: pinned ones first, or alone. */
export const arranged = (
  columns: number,
  { pinned, isolated }: Pick<Ui, "pinned" | "isolated">,
): number[] => {
  const there = pinned.filter((position) => position < columns);
  if (isolated && there.length) return there;
  const rest = range(0, columns);
  return there.length ? [...there, ...rest.filter((position) => !there.includes(position))] : rest;
};
