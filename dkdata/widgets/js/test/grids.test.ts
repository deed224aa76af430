import assert from "node:assert/strict";
import { test } from "node:test";
import { byColumn, EVERYTHING, shown, type Wanted } from "../src/filtering";
import { type At, moved } from "../src/keys";
import type { Filter, Kind, Rule, Sort } from "../src/protocol";
import { columnAt, edges } from "../src/rowgrid";
import { filtered, filterText, sorted } from "../src/sorting";
import { arranged } from "../src/ui";

const extent = { first: -1, rows: 100, columns: 5, page: 10 };
const press = (key: string, at: At, ctrlKey = false) =>
  moved({ key, ctrlKey, metaKey: false }, at, extent);

test("keys move as the ARIA practices for grids say", () => {
  const cases: [key: string, ctrl: boolean, from: At, to: At | null][] = [
    ["ArrowDown", false, [0, 1], [1, 1]],
    ["ArrowUp", false, [0, 1], [-1, 1]],
    ["ArrowUp", false, [-1, 1], [-1, 1]],
    ["ArrowRight", false, [3, 4], [3, 4]],
    ["ArrowLeft", true, [3, 4], [3, 0]],
    ["Home", false, [3, 4], [3, 0]],
    ["End", false, [3, 0], [3, 4]],
    ["Home", true, [3, 4], [-1, 0]],
    ["End", true, [3, 0], [99, 4]],
    ["PageDown", false, [95, 2], [99, 2]],
    ["PageUp", false, [5, 2], [0, 2]],
    ["Enter", false, [3, 4], null],
    ["a", false, [3, 4], null],
  ];
  for (const [key, ctrl, from, to] of cases) assert.deepEqual(press(key, from, ctrl), to, key);
});

test("a head sorts up, down, not at all; with Shift it adds to the others", () => {
  let sort: Sort = [];
  const click = (column: number, adding = false) => {
    sort = sorted(sort, column, adding);
    return sort;
  };
  assert.deepEqual(click(3), [[3, false]]);
  assert.deepEqual(click(3), [[3, true]]);
  assert.deepEqual(click(5, true), [
    [3, true],
    [5, false],
  ]);
  assert.deepEqual(click(5, true), [
    [3, true],
    [5, true],
  ]);
  assert.deepEqual(click(3, true), [[5, true]]);
  assert.deepEqual(click(5), []);
});

test("a filter takes the place of the one of its kind and column", () => {
  const between = (column: number, low: number): Filter => ({
    column,
    op: "between",
    low,
    high: 9,
  });
  const nulls: Filter = { column: 1, op: "null" };
  assert.deepEqual(filtered([between(1, 0), nulls], between(1, 5)), [nulls, between(1, 5)]);
  assert.deepEqual(filtered([between(1, 0)], between(2, 5)), [between(1, 0), between(2, 5)]);
  assert.deepEqual(filtered([nulls], { column: 1, op: "not_null" }), [
    { column: 1, op: "not_null" },
  ]);
});

test("filters are told in short", () => {
  const told: [Filter, string][] = [
    [{ column: 0, op: "between", low: 1, high: 2 }, "1 – 2"],
    [{ column: 0, op: "between", low: null, high: 2 }, "≤ 2"],
    [{ column: 0, op: "between", low: 1, high: null }, "≥ 1"],
    [{ column: 0, op: "in", values: ["a"] }, "= a"],
    [{ column: 0, op: "in", values: ["a", "b", "c", "d"] }, "in a, b, c …"],
    [{ column: 0, op: "null" }, "is null"],
    [{ column: 0, op: "not_null" }, "is not null"],
    [{ column: 0, op: "contains", text: "x" }, "contains “x”"],
  ];
  for (const [filter, text] of told) assert.equal(filterText(filter), text);
});

test("columns are found by text, type, rules, failures and nulls", () => {
  const names = ["Age", "name", "born"];
  const kinds: Kind[] = ["integer", "text", "time"];
  const rule = (columns: number[]) => ({ columns }) as Rule;
  const known = {
    name: (column: number) => names[column] ?? "",
    kind: (column: number) => kinds[column] as Kind,
    figures: (column: number) => [{ nulls: 0 }, { nulls: 3 }][column],
    ruled: byColumn([rule([0, 2])]),
    failing: byColumn([rule([2])]),
  };
  const found = (wanted: Partial<Wanted>) =>
    [0, 1, 2].filter((column) => shown(column, { ...EVERYTHING, ...wanted }, known));
  assert.deepEqual(found({}), [0, 1, 2]);
  assert.deepEqual(found({ text: " A" }), [0, 1]);
  assert.deepEqual(found({ kind: "time" }), [2]);
  assert.deepEqual(found({ ruled: true }), [0, 2]);
  assert.deepEqual(found({ failing: true }), [2]);
  assert.deepEqual(found({ nulls: true }), [1, 2]); // those of `born` are not counted yet
});

test("pinned columns come first, or alone", () => {
  assert.deepEqual(arranged(4, { pinned: [2, 0], isolated: false }), [2, 0, 1, 3]);
  assert.deepEqual(arranged(4, { pinned: [2, 9], isolated: true }), [2]);
  assert.deepEqual(arranged(3, { pinned: [], isolated: true }), [0, 1, 2]);
});

test("the column at an offset is found among many", () => {
  const lefts = edges(Array.from({ length: 10_000 }, () => ["x", "integer"]));
  assert.equal(columnAt(lefts, 0), 0);
  assert.equal(columnAt(lefts, 84 * 7000), 7000);
  assert.equal(columnAt(lefts, 84 * 7000 - 1), 6999);
});
