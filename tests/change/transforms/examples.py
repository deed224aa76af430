"""What the built-in functions of ``Transform.map`` make of values: the table of the documentation.

``python -m tests.change.transforms.examples`` writes it into ``docs/transforming.md``.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from dkdata.change.transforms.functions import BUILT_IN, signature_of

PAGE = Path(__file__).parents[3] / "docs" / "transforming.md"
BAD = object()  # a value that the function cannot take
_TWO_DIGITS = {"precision": 10, "scale": 2}
_UTC = dt.UTC

# Of each function: its arguments, values, and what they become.
EXAMPLES = [
    ("to_string", {}, [7, -12], ["7", "-12"]),
    ("to_string", {}, [True, None], ["true", None]),
    ("to_string", {}, [1.5, float("inf")], ["1.5", "inf"]),
    ("to_string", {}, [dt.date(2026, 2, 28)], ["2026-02-28"]),
    ("to_string", {}, [dt.datetime(2026, 2, 28, 9, 30)], ["2026-02-28T09:30:00"]),  # noqa: DTZ001
    ("to_int", {}, ["36", " 7 ", "+5", "007", "1e3", "2.0"], [36, 7, 5, 7, 1000, 2]),
    ("to_int", {}, ["1.5", "x", "", "1_000", "9223372036854775808"], [BAD] * 5),
    ("to_int", {}, [2.0, 1.5, 1e300], [2, BAD, BAD]),
    ("to_int", {}, [True, False], [1, 0]),
    ("to_float", {}, ["1.5", ".5", "1e3", "-0", "inf"], [1.5, 0.5, 1000.0, -0.0, float("inf")]),
    ("to_float", {}, ["1e400", "1,5", "one"], [BAD] * 3),
    ("to_float", {}, [9007199254740993, 3], [BAD, 3.0]),
    ("to_bool", {}, ["yes", "T", "on", "1", "no", "False", "0"], [True] * 4 + [False] * 3),
    ("to_bool", {}, ["2", "maybe", ""], [BAD] * 3),
    ("to_bool", {}, [1, 0, 2], [True, False, BAD]),
    ("to_datetime", {}, ["2026-02-28", "2026-02-28T09:30"],
     [dt.datetime(2026, 2, 28), dt.datetime(2026, 2, 28, 9, 30)]),  # noqa: DTZ001
    ("to_datetime", {}, ["2026-02-29", "2026-02-28T09:30Z", "28.2.2026"], [BAD] * 3),
    ("to_datetime", {"zone": "UTC"}, ["2026-02-28T09:30+02:00"],
     [dt.datetime(2026, 2, 28, 7, 30, tzinfo=_UTC)]),
    ("to_datetime", {"format": "%d.%m.%Y"}, ["28.02.2026"], [dt.datetime(2026, 2, 28)]),  # noqa: DTZ001
    ("to_datetime", {"zone": "UTC", "epoch": "s"}, [0, 86400],
     [dt.datetime(1970, 1, 1, tzinfo=_UTC), dt.datetime(1970, 1, 2, tzinfo=_UTC)]),
    ("to_date", {}, ["2026-02-28", "0099-01-01", "2026-02-30"],
     [dt.date(2026, 2, 28), dt.date(99, 1, 1), BAD]),
    ("to_date", {"day_first": True}, ["3/4/2026"], [dt.date(2026, 4, 3)]),
    ("to_decimal", _TWO_DIGITS, ["1.50", "2", "1.005", "123456789"],
     [Decimal("1.50"), Decimal("2.00"), BAD, BAD]),
    ("to_decimal", _TWO_DIGITS, [3, -4], [Decimal("3.00"), Decimal("-4.00")]),
    ("convert", {"to": "time"}, ["09:30", "24:00"], [dt.time(9, 30), BAD]),
    ("convert", {"to": "int8"}, ["7", "128"], [7, BAD]),
    ("convert", {"to": "decimal(4, 1)"}, [1.5, 12345.0], [Decimal("1.5"), BAD]),
    ("parse_json", {}, ['{"a": [1, null]}', "2.5", '"x"'], [{"a": [1, None]}, 2.5, "x"]),
    ("parse_json", {}, ["{", "NaN", '{"a": 1, "a": 2}'], [BAD] * 3),
    ("to_json", {}, [{"b": 1, "a": [None]}, {"b": 2, "a": []}],
     ['{"a":[null],"b":1}', '{"a":[],"b":2}']),
    ("to_json", {}, ["é", None], ['"é"', None]),
    ("normalize", {}, ["  Ada \t Lovelace\n", "e\u0301", "\u3000"], ["Ada Lovelace", "é", ""]),
    ("lower", {}, ["ÀB", "İ", None], ["àb", "i", None]),
    ("upper", {}, ["àb", "ß"], ["ÀB", "ẞ"]),
    ("strip", {}, [" a b\t", "\u00a0x\u3000", "", " "], ["a b", "x", "", ""]),
    ("strip", {"characters": "xy"}, ["xaxy", "y"], ["a", ""]),
    ("truncate", {"n": 2}, ["abc", "äöü", "a", ""], ["ab", "äö", "a", ""]),
    ("truncate", {"n": 0}, ["abc"], [""]),
    ("regex_extract", {"pattern": r"(\d+)-(\d+)", "group": 2}, ["a 1-22 3-4", "x"], ["22", None]),
    ("regex_extract", {"pattern": "[a-z]*"}, ["ab1", "1"], ["ab", None]),
    ("replace", {"old": "a", "new": "bb"}, ["aXa", ""], ["bbXbb", ""]),
    ("replace", {"old": r"(\d+)", "new": r"<\1>", "regex": True}, ["a12b3"], ["a<12>b<3>"]),
    ("map_values", {"m": {"n": "no", None: "?"}}, ["n", "x", None], ["no", "x", "?"]),
    ("map_values", {"m": {1: "one"}, "default": "many"}, [1, 2, None], ["one", "many", "many"]),
    ("map_values", {"m": {"a": 1}, "default": None}, ["a", "b"], [1, None]),
    ("default", {"value": 0}, [1, None], [1, 0]),
    ("default", {"value": "-"}, ["", None], ["", "-"]),
    ("clip", {"lower": 0, "upper": 9}, [-1, 5, 10, None], [0, 5, 9, None]),
    ("clip", {"lower": 0.5}, [0.25, 1.0], [0.5, 1.0]),
    ("clip", {"lower": 0, "upper": 1}, [-1.0, 2.0, None], [0.0, 1.0, None]),
    ("clip", {"upper": "m"}, ["z", "a"], ["m", "a"]),
    ("round", {}, [0.5, 1.5, -2.5], [1.0, 2.0, -3.0]),
    ("round", {"digits": 1}, [1.26, -0.04], [1.3, -0.0]),
    ("round", {"digits": 2}, [7, None], [7, None]),
    ("round", {"digits": -2}, [1250, 49], [1300, 0]),
    ("hash", {"algorithm": "md5"}, ["a", None], ["0cc175b9c0f1b6a831c399e269772661", None]),
    ("hash", {"salt": "s"}, [1],
     ["e8bc163c82eee18733288c7d4ac636db3a6deb013ef2d37b68322be20edc45cc"]),
    ("mask", {}, ["4111111111111111", "1234", ""], ["************1111", "****", ""]),
    ("mask", {"keep": 1, "character": "x"}, ["äbc"], ["xxc"]),
]  # fmt: skip


def _cell(value):
    if value is BAD:
        return "*refused*"
    text = repr(value).replace("datetime.", "").replace("|", r"\|")
    return f"`{text}`"


def _rows():
    for name in BUILT_IN:
        summary = (BUILT_IN[name].__doc__ or "").partition("\n")[0].removeprefix("Return ")
        yield f"| `{name}{signature_of(name)}` | | **{summary[0].upper()}{summary[1:]}** |"
        for called, arguments, given, made in EXAMPLES:
            if called == name:
                told = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
                for value, becomes in zip(given, made, strict=True):
                    yield f"| {f'`{told}`' if told else ''} | {_cell(value)} | {_cell(becomes)} |"


def table():
    """Return the table as Markdown."""
    head = "| function, arguments | value | becomes |\n| --- | --- | --- |\n"
    return head + "\n".join(_rows()) + "\n"


_BEGIN, _END = "<!-- functions -->\n", "<!-- end of functions -->"


def told(page):
    """Return the table of a page."""
    return page.partition(_BEGIN)[2].partition(_END)[0].strip() + "\n"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}\n{table()}\n{_END}{rest.partition(_END)[2]}", "utf-8")
