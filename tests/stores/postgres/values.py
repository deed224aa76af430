"""Values of many types, as SQL writes them, and what is read of each; times as counts."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

TEXT, BYTES = pa.large_string(), pa.large_binary()
NAIVE, ZONED = pa.timestamp("us"), pa.timestamp("us", "UTC")
DAY, HOUR = 86_400_000_000, 3_600_000_000
FIRST_DAY, LAST_DAY = -2_440_588, 2_145_042_905
FIRST_MOMENT, LAST_MOMENT = FIRST_DAY * DAY, 2**63 - 1
MOMENTS = {
    "'2024-02-29 01:02:03.5'": 1_709_168_523_500_000,
    "'1969-12-31 23:59:59.999999'": -1,
    "'0044-03-15 01:02:03.5 BC'": -63_517_820_276_500_000,
    "'0001-01-01'": -62_135_596_800_000_000,
    "'10000-01-01 00:00:00.000001'": 253_402_300_800_000_001,
    "'4714-11-24 BC'": FIRST_MOMENT,
    "'294247-01-10 04:00:54.775807'": LAST_MOMENT,
    "null": None,
}
# The type of a column, the one as which it is read, and values in SQL and in Python.
CASES = [
    ("boolean", pa.bool_(), {"true": True, "false": False, "null": None}),
    ("smallint", pa.int16(), {"-32768": -(2**15), "32767": 2**15 - 1, "null": None}),
    ("smallint", pa.int8(), {"-128": -128, "127": 127}),
    ("smallint", pa.uint8(), {"0": 0, "255": 255}),
    ("integer", pa.int32(), {"-2147483648": -(2**31), "2147483647": 2**31 - 1}),
    ("bigint", pa.int64(), {"'-9223372036854775808'": -(2**63), "9223372036854775807": 2**63 - 1}),
    ("bigint", pa.uint32(), {"4294967295": 2**32 - 1}),
    ("numeric(20,0)", pa.uint64(), {"18446744073709551615": 2**64 - 1, "0": 0, "null": None}),
    ("oid", pa.int64(), {"4294967295": 2**32 - 1}),
    ("integer", pa.null(), {"null": None}),
    (
        "double precision",
        pa.float64(),
        {
            "'NaN'": float("nan"), "'Infinity'": float("inf"), "'-Infinity'": float("-inf"),
            "'-0'": -0.0, "0": 0.0, "5e-324": 5e-324,
            "1.7976931348623157e308": 1.7976931348623157e308, "0.1": 0.1, "null": None,
        },
    ),
    (
        "real",
        pa.float32(),
        {"'NaN'": float("nan"), "'-Infinity'": float("-inf"), "'-0'": -0.0,
         "1e-45": 2.0**-149, "3.4028235e38": (2 - 2**-23) * 2.0**127, "null": None},
    ),
    (
        "text",
        TEXT,
        {
            "''": "", "null": None, "'null'": "null", r"E'\\.'": r"\.",
            r"E'a\r\nb\rc\n'": "a\r\nb\rc\n",
            "'say \"a\", \"\"'": 'say "a", ""', r"E'\\N\\\\'": r"\N\\", "'  x '": "  x ",
            "'\U0001f600 größe'": "\U0001f600 größe", "U&'\\FEFFx'": "\ufeffx",
            "'007'": "007", "'t'": "t",
        },
    ),
    ("character varying(3)", TEXT, {"'a '": "a ", "null": None}),
    ("character(3)", TEXT, {"'a'": "a", "null": None}),
    ("bytea", BYTES, {r"'\x00ff5c78'": b"\0\xff\\x", "''": b"", "null": None}),
    (
        "date",
        pa.date32(),
        {
            "'2024-02-29'": 19_782, "'0044-03-15 BC'": -735_160, "'0001-01-01'": -719_162,
            "'0001-12-31 BC'": -719_163, "'10000-01-01'": 2_932_897, "'4714-11-24 BC'": FIRST_DAY,
            "'5874897-12-31'": LAST_DAY, "null": None,
        },
    ),
    ("timestamp without time zone", NAIVE, MOMENTS),
    ("timestamp with time zone", ZONED, MOMENTS),
    ("timestamp with time zone", ZONED, {"'2024-01-01 00:00+05:30'": 1_704_047_400_000_000}),
    (
        "time without time zone",
        pa.time64("us"),
        {"'00:00'": 0, "'23:59:59.999999'": DAY - 1, "'12:00:00.5'": 12 * HOUR + 500_000},
    ),
    ("bigint", pa.time64("ns"), {"0": 0, "86399999999999": 1_000 * DAY - 1, "null": None}),
    ("bigint", pa.timestamp("ns"), {"'-9223372036854775808'": -(2**63), "1": 1, "null": None}),
    ("bigint", pa.timestamp("ns", "UTC"), {"9223372036854775807": 2**63 - 1}),
    *(("bigint", pa.duration(unit), {"-1": -1, "null": None}) for unit in ("s", "ms", "ns")),
    (
        "interval",
        pa.duration("us"),
        {
            "'0'": 0, "'1 day'": DAY, "'-1 day +02:03:04.5'": -DAY + 2 * HOUR + 184_500_000,
            "'2 days -00:00:00.000001'": 2 * DAY - 1, "'-00:00:01.5'": -1_500_000,
            "'-25:00:00'": -25 * HOUR, "'2562047788:00:54.775807'": 2**63 - 1,
            "'-2562047788:00:54.775807'": -(2**63) + 1, "null": None,
        },
    ),
    (
        "numeric(10,2)",
        pa.decimal128(10, 2),
        {"1.5": Decimal("1.50"), "-99999999.99": Decimal("-99999999.99"), "null": None},
    ),
    ("numeric(38,38)", pa.decimal128(38, 38), {"-1e-38": Decimal("-1E-38"), "0": Decimal("0E-38")}),
    ("numeric(60,10)", pa.decimal256(60, 10), {f"{'9' * 50}.5": Decimal(f"{'9' * 50}.5000000000")}),
    ("numeric(5,-2)", pa.decimal128(7, 0), {"12345": Decimal(12_300)}),
    ("money", pa.decimal128(38, 2), {"-1234.5": Decimal("-1234.50")}),
    (
        "integer[]",
        pa.large_list(pa.int32()),
        {"'{1,NULL,-3}'": [1, None, -3], "'{}'": [], "null": None, "'[0:1]={7,8}'": [7, 8],
         "'{NULL}'": [None]},
    ),
    ("smallint[]", pa.large_list(pa.uint8()), {"'{255}'": [255]}),
    ("integer[]", pa.large_list(pa.null()), {"'{NULL,NULL}'": [None, None]}),
    ("bigint[]", pa.large_list(pa.duration("s")), {"'{}'": [], "null": None}),
    ("boolean[]", pa.large_list(pa.bool_()), {"'{t,f,NULL}'": [True, False, None]}),
    (
        "double precision[]",
        pa.large_list(pa.float64()),
        {"'{-0,NaN,Infinity,-Infinity,5e-324,NULL}'":
         [-0.0, float("nan"), float("inf"), float("-inf"), 5e-324, None]},
    ),
    ("real[]", pa.large_list(pa.float32()), {"'{-0,NaN,0.5}'": [-0.0, float("nan"), 0.5]}),
    ("numeric(5,2)[]", pa.large_list(pa.decimal128(5, 2)), {"'{1.5}'": [Decimal("1.50")]}),
    (
        "text[]",
        pa.large_list(TEXT),
        {r"""array['a,"b', 'NULL', null, '', E'\n\\', '{}', 'größe', '[1]']""":
         ['a,"b', "NULL", None, "", "\n\\", "{}", "größe", "[1]"], "'{}'": [], "null": None},
    ),
    ("character(3)[]", pa.large_list(TEXT), {"'{a,NULL}'": ["a", None]}),
    ("inet[]", pa.large_list(TEXT), {"'{1.2.3.4,10.0.0.0/8}'": ["1.2.3.4", "10.0.0.0/8"]}),
    ("jsonb[]", pa.large_list(TEXT), {"""array['{"a": "1"}'::jsonb]""": ['{"a": "1"}']}),
    ("bytea[]", pa.large_list(BYTES), {r"array['\x5c78'::bytea, '', null]": [b"\\x", b"", None]}),
    ("time without time zone[]", pa.large_list(pa.time64("us")), {"'{}'": []}),
    (
        "jsonb",
        pa.struct([("x", pa.float64()), ("tags", pa.large_list(TEXT))]),
        {"""'{"x": "-0.0", "tags": ["a", null]}'""": {"x": -0.0, "tags": ["a", None]}},
    ),
    ("jsonb", pa.map_(TEXT, pa.int64()), {"""'[{"key": "a", "value": 1}]'""": [("a", 1)]}),
    ("jsonb", TEXT, {"""'{"b":1,  "a":2}'""": '{"a": 2, "b": 1}', "null": None}),
    ("json", TEXT, {"""'{"b":1,  "a":2}'""": '{"b":1,  "a":2}'}),
]  # fmt: skip
