from __future__ import annotations

import re
import uuid
from itertools import product

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dkdata.validation.suggestion.shapes import shapes_of

_NUMBERS = range(100, 160)
SHAPES = {
    "codes": ([f"AB{n}" for n in _NUMBERS], "^AB[0-9]{3}$"),
    "codes of any prefix": (["AB100", "CD200", "XY300"], "^[A-Z]{2}[0-9]{3}$"),
    "codes of near lengths": (["A-1", "B-22", "C-333"], "^[A-Z]-[0-9]{1,3}$"),
    "codes of any length": (["A-1", "B-22", "C-333333"], "^[A-Z]-[0-9]+$"),
    "what means something in a regular expression": (["(1)", "(2)"], r"^\([0-9]\)$"),
    "dates": (["2024-01-31", "2024-02-01"], "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    "times": (
        ["2024-01-31T00:00:00Z", "2024-01-31T01:00:00Z"],
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    ),
    "plates of letters and digits": (["N14228", "N668DN", "D94DN"], "^[A-Z0-9]{5,6}$"),
    "hexadecimal": (["0a1b2c", "ff00ff", "123abc"], "^[0-9a-f]{6}$"),
    "three letters": (["EWR", "JFK"], "^[A-Z]{3}$"),
    "digits": (["1", "22", "333333"], "^[0-9]+$"),
    "mixed case": (["aB-1", "Ab-2", "AB-3"], "^[A-Za-z]{2}-[0-9]$"),
}


@pytest.mark.parametrize(("texts", "regex"), SHAPES.values(), ids=SHAPES)
def test_the_most_exact_shape(texts, regex):
    first = next(shapes_of(texts))
    assert first.regex == regex
    assert all(re.search(first.regex, text) for text in texts)


@pytest.mark.parametrize(("texts", "told"), [
    (["ada@lovelace.org", "b.ob+1@mail.example.com"], "an e-mail address"),
    ([str(uuid.UUID(int=n**9)) for n in _NUMBERS], "a UUID"),
    (["https://a.b/c?d", "http://x"], "a URL"),
    (["10.0.0.1", "192.168.1.255"], "an IPv4 address"),
    (["+47 22 33 44 55", "+1 (555) 010-9999"], "a phone number"),
    (["2024-01-31", "1999-12-31"], "a date"),
    (["2024-01-31 10:00", "1999-12-31 11:30"], "a time"),
])  # fmt: skip
def test_known_shapes_are_named(texts, told):
    assert [shape.told for shape in shapes_of(texts)] == [told]


@pytest.mark.parametrize("texts", [
    ["Ada", "Bob", "Cleopatra"], ["he said no", "a, b; c", "größe"], ["", "x", "1"], [""],
    ["ada12", "bob", "cleo_1", "x"], ["é", "ü"],
])  # fmt: skip
def test_words_and_prose_have_no_shape(texts):
    assert list(shapes_of(texts)) == []


def test_few_texts_of_another_shape_do_not_matter():
    texts = [f"AB{n}" for n in _NUMBERS] + ["SHORT"]
    assert next(shapes_of(texts)).regex == "^AB[0-9]{3}$"


def test_an_open_shape_follows_for_texts_of_other_lengths():
    assert [shape.regex for shape in shapes_of(["A-1", "A-22"])] == [
        "^A-[0-9]{1,2}$", "^[A-Z]-[0-9]+$",
    ]  # fmt: skip


def test_python_and_arrow_understand_every_shape_alike():
    regexes = {shape.regex for texts, _ in SHAPES.values() for shape in shapes_of(texts)}
    texts = [text for known, _ in SHAPES.values() for text in known] + ["", "é1", "٣", " A-1", "Ä"]
    for regex, text in product(sorted(regexes), texts):
        fits = pc.match_substring_regex(pa.array([text]), regex)[0].as_py()
        assert fits is bool(re.search(regex, text)), (regex, text)
