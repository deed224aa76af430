"""What is valid to a schema is valid to the package ``jsonschema``, and the other way round.

The record of a row has no key for a null, unless the property is required.
"""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import dkdata as dk

INTEGERS, FLOATS = st.integers(-9, 9), st.sampled_from([-2.5, -0.5, 0.5, 1.5, 8.25])
TEXTS, FLAGS = st.text("ab1", max_size=4), st.booleans()
NUMBERS = st.one_of(INTEGERS, FLOATS)
REGEXES = st.sampled_from(["a", "^a", "b$", "a|b1", "^(?:a|b)$", "[0-9]", "^(?:a+)|(?:b)$"])
ANYTHING = st.one_of(INTEGERS, FLOATS, TEXTS, FLAGS)


def listed(values):
    return st.lists(values, min_size=1, max_size=3)


def some(**keywords):
    return st.fixed_dictionaries({}, optional=keywords)


def ends(words, values):
    """Draw a lower and an upper end, of which one or both are told."""
    pairs = st.tuples(values, values).map(sorted)
    told = st.sampled_from([words, words[:1], words[1:]])
    return st.tuples(pairs, told).map(
        lambda drawn: {
            word: end for word, end in zip(words, drawn[0], strict=True) if word in drawn[1]
        }
    )


def rules(name):
    """Draw keywords about values of a type."""
    values = {"integer": INTEGERS, "number": NUMBERS, "string": TEXTS, "boolean": FLAGS}[name]
    of_any = [some(enum=listed(values)), values.map(lambda value: {"const": value})]
    of_type = {
        "string": [ends(("minLength", "maxLength"), st.integers(0, 4)), some(pattern=REGEXES)],
        "boolean": [],
    }.get(
        name,
        [
            ends(("minimum", "maximum"), NUMBERS),
            some(exclusiveMinimum=NUMBERS, exclusiveMaximum=NUMBERS),
        ],
    )
    return st.one_of(*of_any, *of_type)


@st.composite
def properties(draw):
    name = draw(st.sampled_from(["integer", "number", "string", "boolean"]))
    simple = rules(name)
    parts = st.lists(simple.filter(bool), min_size=1, max_size=3)
    several = some(anyOf=parts, allOf=parts)
    denied = st.one_of(
        st.just({}),
        simple.filter(bool).map(lambda told: {"not": told}),
        simple.filter(bool).map(lambda told: {"not": {"type": name, **told}}),
    )
    told = {"type": draw(st.sampled_from([name, [name, "null"]]))}
    for drawn in (simple, several, denied):
        told |= draw(drawn)
    if "enum" in told and draw(st.booleans()):
        told["enum"] = [*told["enum"], None]
    return told


DOCUMENTS = st.builds(
    lambda told, required: {"properties": told, "required": sorted(required & set(told))},
    st.dictionaries(st.sampled_from("abc"), properties(), min_size=1),
    st.sets(st.sampled_from("abc")),
)
ROWS = st.lists(
    st.fixed_dictionaries(dict.fromkeys("abc", st.one_of(st.none(), ANYTHING))),
    min_size=1,
    max_size=8,
)


def frame_of(rows, document):
    """Return rows as a frame in which the values of numbers are floats."""
    is_number = {name: "number" in told["type"] for name, told in document["properties"].items()}

    def held(name, value):
        is_whole = type(value) is int
        return float(value) if is_whole and is_number[name] else value

    return pd.DataFrame(
        {name: pd.Series([held(name, row[name]) for row in rows], dtype=object)
         for name in document["properties"]}
    )  # fmt: skip


@given(DOCUMENTS, ROWS)
@settings(deadline=None)
def test_rows_are_valid_where_their_records_are(document, rows):
    schema = dk.Schema.from_json_schema(document)
    for told in (document, schema.to_json_schema()):
        validator = Draft202012Validator(told)
        wrong = [
            number
            for number, row in enumerate(rows)
            if not validator.is_valid({
                name: value for name, value in row.items()
                if name in document["properties"]
                and (value is not None or name in document["required"])
            })
        ]  # fmt: skip
        assert schema.validate(frame_of(rows, document)).invalid().index.tolist() == wrong
