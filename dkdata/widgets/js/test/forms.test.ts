import assert from "node:assert/strict";
import { test } from "node:test";
import told from "../../forms.json";
import { draftOf, type Field, fieldsOf, filled, formOf } from "../src/forms";
import type { Catalogue, Kind, Kwargs } from "../src/protocol";

const catalogue = told as unknown as Catalogue;
const forms = catalogue.groups.flatMap((group) => group.expectations);
const fields = (type: string): Field[] => fieldsOf(catalogue, formOf(catalogue, type));
const BETWEEN = "expect_column_values_to_be_between";
const IN_SET = "expect_column_values_to_be_in_set";

/** What comes of a form that is opened, filled, and sent. */
const sent = (type: string, kwargs: Kwargs, change: object, kind: Kind = "integer") =>
  filled(fields(type), { ...draftOf(fields(type), kwargs), ...change }, kind, kwargs);

test("there are forms for many expectations, each once, each with fields", () => {
  assert.ok(forms.length >= 25);
  assert.equal(new Set(forms.map(({ type }) => type)).size, forms.length);
  for (const form of forms) {
    for (const [name, schema] of fieldsOf(catalogue, form)) {
      assert.ok(schema?.title, `${form.type} ${name}`);
    }
  }
});

test("the fields of an expectation are those of its domain, its own, in order", () => {
  const names = fields("expect_column_pair_values_a_to_be_greater_than_b").map(([name]) => name);
  assert.deepEqual(names, ["column_A", "column_B", "or_equal", "ignore_row_if", "mostly"]);
});

test("what is as by default is left out", () => {
  const made = sent(BETWEEN, { column: "age" }, { min_value: "0", max_value: "120.5" });
  assert.deepEqual(made, {
    kwargs: { column: "age", min_value: 0, max_value: 120.5 },
    problems: {},
  });
});

test("what is emptied is taken away from a rule that had it", () => {
  const made = sent(BETWEEN, { column: "age", min_value: 0, mostly: 0.9 }, { min_value: "" });
  assert.deepEqual(made.kwargs, { column: "age", min_value: null, mostly: 0.9 });
});

test("a form that is opened and sent changes nothing", () => {
  const cases: [string, Kwargs][] = [
    [BETWEEN, { column: "age", min_value: 0, max_value: "2013-01-31", strict_min: true }],
    [IN_SET, { column: "x", value_set: [1, "2", true, 0.5] }],
    ["expect_compound_columns_to_be_unique", { column_list: ["a", "b"] }],
    [
      "expect_column_pair_values_to_be_in_set",
      { column_A: "a", column_B: "b", value_pairs_set: [[1, "x"]] },
    ],
    [
      "expect_column_quantile_values_to_be_between",
      { column: "a", quantile_ranges: { quantiles: [0.5], value_ranges: [[null, 3]] } },
    ],
    ["expect_table_columns_to_match_set", { column_set: ["a"], exact_match: false }],
  ];
  for (const [type, kwargs] of cases) {
    assert.deepEqual(sent(type, kwargs, {}, "text"), { kwargs, problems: {} }, type);
  }
});

test("values are of the kind of their column", () => {
  const typed = (kind: Kind) =>
    sent(IN_SET, { column: "x" }, { value_set: "1\ntrue\nb" }, kind).kwargs.value_set;
  assert.deepEqual(typed("integer"), [1, "true", "b"]);
  assert.deepEqual(typed("text"), ["1", "true", "b"]);
  assert.deepEqual(typed("boolean"), [1, true, "b"]);
  assert.deepEqual(typed("time"), ["1", "true", "b"]);
});

test("whole numbers that would be rounded are refused, unless they stay as they are", () => {
  const large = "is too large to be kept exact here: set it in Python";
  const cases: [string, object, string, string][] = [
    [BETWEEN, { min_value: "9007199254740993" }, "min_value", large],
    [IN_SET, { value_set: "1\n-9007199254740993" }, "value_set", large],
    ["expect_column_value_lengths_to_equal", { value: "12345678901234567890" }, "value", large],
    [
      "expect_column_quantile_values_to_be_between",
      { quantile_ranges: '{"quantiles": [0.5], "value_ranges": [[0, 9007199254740993]]}' },
      "quantile_ranges",
      `has 9007199254740992, which ${large}`,
    ],
  ];
  for (const [type, change, field, problem] of cases) {
    assert.equal(sent(type, { column: "x" }, change).problems[field], problem, type);
  }
  const kept = [
    sent(BETWEEN, { column: "x" }, { max_value: "1e300" }).kwargs.max_value,
    sent(BETWEEN, { column: "x", max_value: 2 ** 53 }, {}).kwargs.max_value,
    sent(IN_SET, { column: "x" }, { value_set: "9007199254740993" }, "text").kwargs.value_set,
  ];
  assert.deepEqual(kept, [1e300, 2 ** 53, ["9007199254740993"]]);
});

test("what does not fit is told at its field", () => {
  const cases: [string, object, string, string][] = [
    [BETWEEN, { mostly: "1.5" }, "mostly", "has to be at most 1"],
    [BETWEEN, { column: "" }, "column", "is empty"],
    [IN_SET, { value_set: "" }, "value_set", "is empty"],
    ["expect_column_value_lengths_to_equal", { value: "2.5" }, "value", "has to be a whole number"],
    ["expect_column_value_lengths_to_equal", { value: "-1" }, "value", "has to be at least 0"],
    ["expect_compound_columns_to_be_unique", { column_list: "a" }, "column_list", "needs 2 lines"],
  ];
  for (const [type, change, field, problem] of cases) {
    assert.equal(sent(type, { column: "x" }, change).problems[field], problem, type);
  }
  const schema = sent(
    "expect_column_values_to_match_json_schema",
    { column: "x" },
    { json_schema: "{" },
  );
  assert.match(schema.problems.json_schema ?? "", /^is no JSON: /);
});
