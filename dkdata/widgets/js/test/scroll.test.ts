import assert from "node:assert/strict";
import { test } from "node:test";
import { height, last, position, scaled, shifted, showing, top } from "../src/scroll";

const few = { rows: 1000, row: 24, view: 480 };
const many = { rows: 10_000_000, row: 24, view: 480 };

test("few rows scroll pixel by pixel", () => {
  assert.equal(scaled(few), false);
  assert.equal(height(few), 24_000);
  assert.equal(position(1200, few), 50);
  assert.equal(top(50, few), 1200);
  assert.equal(last(few), 980);
});

test("ten million rows fit into what a browser can scroll, with both ends", () => {
  assert.equal(scaled(many), true);
  assert.equal(height(many), 8_000_000);
  assert.equal(position(0, many), 0);
  assert.equal(position(8_000_000 - 480, many), 9_999_980);
  assert.equal(top(9_999_980, many), 8_000_000 - 480);
});

test("every row can be reached: where the bar is put is where it is read", () => {
  for (const at of [0, 1, 12_345, 5_000_000, 9_999_979]) {
    assert.ok(Math.abs(position(top(at, many), many) - at) < 1e-6);
  }
});

test("a move stops at the ends", () => {
  assert.equal(shifted(3, -10, many), 0);
  assert.equal(shifted(9_999_970, 100, many), 9_999_980);
  assert.equal(shifted(0, 0, { rows: 3, row: 24, view: 480 }), 0);
});

test("a row comes into view with the smallest move", () => {
  const cases = [
    [5, 10, 5], // above: to the upper edge
    [40, 10, 21], // beneath: to the lower edge
    [15, 10, 10], // in view: not at all
    [999, 10, 980],
  ] as const;
  for (const [row, at, expected] of cases) assert.equal(showing(row, at, few), expected);
});
