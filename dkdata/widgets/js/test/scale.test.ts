import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooLarge, placed, rounded, step, summary, typed, written } from "../src/scale";

const DAY = 86_400_000;

test("a dragged bound is rounded to about a pixel", () => {
  const cases = [
    [1300, 600, "number", 1],
    [13, 600, "number", 0.01],
    [0.0013, 600, "number", 1e-6],
    [1300, 600, "integer", 1],
    [5, 600, "integer", 1],
    [3e9, 600, "integer", 1_000_000],
    [365 * DAY, 600, "date", DAY],
    [365 * DAY, 600, "time", 3_600_000],
    [3000 * DAY, 600, "time", DAY],
    [600, 600, "time", 1],
  ] as const;
  for (const [span, pixels, scale, expected] of cases) {
    assert.equal(step(span, pixels, scale), expected);
  }
});

test("rounding leaves no binary dust", () => {
  assert.equal(rounded(0.30000000000000004, 0.1), 0.3);
  assert.equal(rounded(1234.5678, 0.01), 1234.57);
  assert.equal(rounded(1234.5678, 100), 1200);
  assert.equal(rounded(-7.5, 1), -7);
  assert.equal(rounded(2.4e-7, 1e-7), 2e-7);
});

test("whole numbers that would be rounded are found as they are typed", () => {
  for (const text of ["9007199254740993", "-9007199254740992", " 12345678901234567890 "]) {
    assert.equal(isTooLarge(text), true, text);
  }
  for (const text of ["", "9007199254740991", "0.1", "1e300", "-1E20", "abc", "Infinity"]) {
    assert.equal(isTooLarge(text), false, text);
  }
});

test("times are written as rules have them", () => {
  const noon = Date.UTC(2013, 0, 31, 12);
  assert.equal(written(noon, "date", false), "2013-01-31");
  assert.equal(written(noon, "time", false), "2013-01-31T12:00:00");
  assert.equal(written(noon, "time", true), "2013-01-31T12:00:00Z");
  assert.equal(written(noon + 5, "time", false), "2013-01-31T12:00:00.005");
  assert.equal(written(4.5, "number", false), 4.5);
});

test("what is written is placed where it was", () => {
  const noon = Date.UTC(2013, 0, 31, 12);
  assert.equal(placed("2013-01-31T12:00:00", "time"), noon);
  assert.equal(placed("2013-01-31 12:00:00", "time"), noon);
  assert.equal(placed("2013-01-31T13:00:00+01:00", "time"), noon);
  assert.equal(placed("2013-01-31", "date"), Date.UTC(2013, 0, 31));
  assert.equal(placed("4.5", "number"), 4.5);
  assert.equal(placed("", "number"), undefined);
  assert.equal(placed("abc", "number"), undefined);
  assert.equal(placed(Number.POSITIVE_INFINITY, "number"), undefined);
});

test("a typed bound is a number where it is one", () => {
  assert.equal(typed(" 5 ", "integer"), 5);
  assert.equal(typed("", "number"), null);
  assert.equal(typed("2013", "date"), "2013");
  assert.equal(typed("five", "number"), "five");
});

test("a histogram is told in one sentence", () => {
  const bins = { of: "value", low: 0, high: 9, low_text: "0", high_text: "9" } as const;
  assert.equal(
    summary({ ...bins, counts: [1, 2, 9] }),
    "Histogram of values from 0 to 9, most at the upper end",
  );
  assert.equal(
    summary({ ...bins, of: "length", counts: [1, 9, 2] }),
    "Histogram of lengths from 0 to 9, most in the middle",
  );
});
