/** What a click on the head of a column makes of the order of rows. */
import type { Filter, Sort } from "./protocol";

/** Ascending, descending, not at all; `adding` keeps the other keys. */
export const sorted = (sort: Sort, column: number, adding: boolean): Sort => {
  const now = sort.find(([position]) => position === column);
  const next: Sort = !now ? [[column, false]] : now[1] ? [] : [[column, true]];
  if (!adding) return next;
  if (!now) return [...sort, ...next];
  return sort.flatMap((key) => (key === now ? next : [key]));
};

/** How a filter is told, without the name of its column. */
export const filterText = (filter: Filter): string => {
  switch (filter.op) {
    case "between":
      if (filter.low === null) return `≤ ${filter.high}`;
      if (filter.high === null) return `≥ ${filter.low}`;
      return `${filter.low} – ${filter.high}`;
    case "in":
      return filter.values.length === 1
        ? `= ${filter.values[0]}`
        : `in ${filter.values.slice(0, 3).join(", ")}${filter.values.length > 3 ? " …" : ""}`;
    case "null":
      return "is null";
    case "not_null":
      return "is not null";
    case "contains":
      return `contains “${filter.text}”`;
  }
};

/** The filters with one more, which takes the place of those of its column and kind. */
export const filtered = (filters: readonly Filter[], added: Filter): Filter[] => [
  ...filters.filter(({ column, op }) => column !== added.column || group(op) !== group(added.op)),
  added,
];

const group = (op: Filter["op"]): string => (op === "null" ? "not_null" : op);
