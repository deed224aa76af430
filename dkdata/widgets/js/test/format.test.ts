import assert from "node:assert/strict";
import { test } from "node:test";
import { count, plural, share } from "../src/format";

test("numbers are told in groups, unknown ones as dots", () => {
  assert.equal(count(1234567), "1,234,567");
  assert.equal(count(0), "0");
  assert.equal(count(-1), "…");
  assert.equal(count(null), "…");
});

test("a share is 0 % or 100 % only when it is", () => {
  const told = [
    [0, 10, "0 %"],
    [0, 0, "0 %"],
    [10, 10, "100 %"],
    [1, 1_000_000, "< 0.1 %"],
    [999_999, 1_000_000, "> 99.9 %"],
    [1, 80, "1.3 %"],
    [999, 1000, "99 %"],
  ] as const;
  for (const [part, whole, expected] of told) assert.equal(share(part, whole), expected);
});

test("one row, two rows", () => {
  assert.equal(plural(1, "row"), "1 row");
  assert.equal(plural(2000, "row"), "2,000 rows");
  assert.equal(plural(2, "entry", "entries"), "2 entries");
});
