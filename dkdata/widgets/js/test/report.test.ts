import assert from "node:assert/strict";
import { test } from "node:test";
import { hideReport } from "../src/report";
import "./page";

test("a report is hidden for as long as one view of it is shown", () => {
  const rules = () => [...document.head.querySelectorAll("style")].map((one) => one.textContent);
  const first = hideReport('a"]b');
  const second = hideReport('a"]b');
  assert.equal(rules().length, 2);
  assert.match(rules()[0] ?? "", /^\[data-dk-report="a\\"\\]b"\]/);
  first();
  assert.equal(rules().length, 1);
  second();
  assert.deepEqual(rules(), []);
  hideReport("")();
  assert.deepEqual(rules(), []);
});
