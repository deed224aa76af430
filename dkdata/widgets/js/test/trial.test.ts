import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rule } from "../src/protocol";
import { ruleOf } from "../src/trial";

test("what a panel changes is the first rule of its type that is asked and can be edited", () => {
  const rule = (key: string, more: Partial<Rule> = {}) =>
    ({ key, type: "between", enabled: true, editable: true, ...more }) as Rule;
  const others = [rule("a", { type: "unique" }), rule("b", { enabled: false })];
  const fixed = rule("c", { editable: false });
  assert.equal(ruleOf([...others, fixed, rule("d"), rule("e")], "between")?.key, "d");
  assert.equal(ruleOf([...others, fixed], "between"), undefined);
});
