import assert from "node:assert/strict";
import { test } from "node:test";
import { Cache, type Missing } from "../src/cache";
import type { Page } from "../src/protocol";

const page = ({ offset, limit, first, count }: Missing, epoch = 1): Page => ({
  epoch,
  offset,
  first,
  labels: Array.from({ length: limit }, (_, i) => `L${offset + i}`),
  cells: Array.from({ length: limit }, (_, i) =>
    Array.from({ length: count }, (_, c) =>
      first + c === 7 ? null : `${offset + i}/${first + c}`,
    ),
  ),
});

const range = (from: number, end: number) => Array.from({ length: end - from }, (_, i) => from + i);

test("what is missing is asked for by whole blocks", () => {
  const cache = new Cache(1);
  const wanted = { offset: 880, limit: 160, first: 20, count: 40 };
  assert.deepEqual(cache.missing(955, 970, range(35, 45)), wanted);
  cache.put(page(wanted));
  assert.equal(cache.missing(955, 970, range(35, 45)), undefined);
  assert.equal(cache.cell(969, 44), "969/44");
  assert.equal(cache.label(969, [44]), "L969");
  assert.equal(cache.cell(10, 44), undefined);
});

test("columns far from each other are asked for one after the other", () => {
  const cache = new Cache(1);
  const first = cache.missing(0, 10, [950, 0]) as Missing;
  assert.deepEqual(first, { offset: 0, limit: 80, first: 0, count: 20 });
  cache.put(page(first));
  assert.equal(cache.missing(0, 10, [950, 0])?.first, 940);
});

test("null is known, and is not the same as unknown", () => {
  const cache = new Cache(1);
  cache.put(page({ offset: 0, limit: 80, first: 0, count: 20 }));
  assert.equal(cache.cell(3, 7), null);
  assert.equal(cache.cell(3, 27), undefined);
});

test("a page of another view is dropped", () => {
  const cache = new Cache(2);
  cache.put(page({ offset: 0, limit: 80, first: 0, count: 20 }, 1));
  assert.equal(cache.cell(0, 0), undefined);
});

test("a frame without columns still has labels", () => {
  const cache = new Cache(1);
  const wanted = cache.missing(0, 5, []) as Missing;
  cache.put({ epoch: 1, offset: 0, first: 0, labels: ["a", "b"], cells: [[], []] });
  assert.equal(wanted.first, 0);
  assert.equal(cache.label(1, []), "b");
  assert.equal(cache.missing(0, 5, []), undefined);
});

test("memory is bounded: what was seen long ago is asked for again", () => {
  const cache = new Cache(1);
  for (let row = 0; row < 10_000; row += 80)
    cache.put(page({ offset: row, limit: 80, first: 0, count: 20 }));
  assert.equal(cache.cell(0, 0), undefined);
  assert.equal(cache.cell(9_999, 0), "9999/0");
});

test("violating cells are marked", () => {
  const cache = new Cache(1);
  cache.put({ ...page({ offset: 0, limit: 2, first: 0, count: 20 }), marks: [[3], []] });
  assert.deepEqual(
    [cache.marked(0, 3), cache.marked(0, 4), cache.marked(1, 3)],
    [true, false, false],
  );
});
