"""Files that cannot be read, and places that cannot be written to: said clearly, never harmed."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import StoreError, TableNotFoundError, UsageError
from dkdata.testing.comparing import assert_same

SUFFIXES = ("csv", "tsv", "json", "jsonl", "parquet", "arrow", "csv.gz", "jsonl.zst")
ROWS = pd.DataFrame(
    {"id": range(60), "note": [f'{n}: "Ada",\tCountess of Lovelace, wrote\nit' for n in range(60)]}
)
KINDS = {
    "two bytes short": lambda good: good[:-2],
    "a half": lambda good: good[: len(good) // 2],
    "empty": lambda _: b"",
    "an image": lambda _: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "an archive": lambda _: b"PK\x03\x04" + bytes(range(256)) * 8,
}
ACTS = {
    "load": dk.load,
    "count": dk.count,
    "filter": lambda target: dk.load(target, where="id > 3"),
    "append": lambda target: dk.save(ROWS, target, mode="append"),
    "replace": lambda target: dk.save(ROWS, target, mode="replace"),
    "upsert": lambda target: dk.save(ROWS, target, mode="upsert", key="id"),
    "error": lambda target: dk.save(ROWS, target),
    "delete": lambda target: dk.delete(target, "id > 3"),
    "copy": lambda target: dk.copy(target, "memory.copied", mode="replace"),
}


def written(path, content):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def held(folder):
    """Return every file of a folder, with what is in it."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


class TestDamaged:
    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_damaged_file_is_an_error_and_stays_as_it_is(self, tmp_path, suffix, kind, act):
        ours, foreign = tmp_path / f"ours.{suffix}", tmp_path / f"foreign.{suffix}"
        dk.save(ROWS, ours)
        for path in (ours, foreign):
            path.write_bytes(KINDS[kind](ours.read_bytes()) if path is ours else ours.read_bytes())
            before = held(tmp_path)
            with pytest.raises(StoreError) as raised:
                ACTS[act](str(path))
            assert repr(str(path)) in str(raised.value)
            assert ("it is empty (0 bytes)" in str(raised.value)) == (kind == "empty")
            assert held(tmp_path) == before

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_it_can_be_dropped_and_saved_anew(self, tmp_path, suffix):
        target = tmp_path / f"orders.{suffix}"
        dk.save(ROWS, target)
        target.write_bytes(b"\x00\xff")
        dk.drop(target)
        assert not list(tmp_path.iterdir())
        dk.save(ROWS, target)
        assert_same(dk.load(target), ROWS)

    @pytest.mark.parametrize("suffix", ["parquet", "csv.gz", "jsonl.zst"])
    def test_damage_in_the_middle_is_an_error(self, tmp_path, suffix):
        frame = pd.DataFrame({"x": np.random.default_rng(0).random(20_000)})
        target = tmp_path / f"orders.{suffix}"
        dk.save(frame, target)
        damaged = bytearray(target.read_bytes())
        middle = len(damaged) // 2
        damaged[middle : middle + 64] = bytes(64)
        target.write_bytes(damaged)
        with pytest.raises(StoreError, match=r"orders\.\w+.*' cannot be read"):
            dk.load(target)
        assert target.read_bytes() == damaged

    @pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
    def test_blank_text_holds_no_table(self, tmp_path, suffix):
        blank = b" \n\n"
        target = written(
            tmp_path / f"a.{suffix}", gzip.compress(blank) if ".gz" in suffix else blank
        )
        with pytest.raises(StoreError, match="it holds no text"):
            dk.load(target)


class TestCsv:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ('id,note\n1,"x\n2,y\n', 2),
            ('id,note\n1,x\n2,"y\n3,z\n', 3),
            ('id,note\n1,"a\nb"\n2,"y', 4),
            ("id,note\n" + "1,x\n" * 60_000 + '2,"y\n', 60_002),
        ],
        ids=["first", "second", "after a long one", "far below"],
    )
    def test_quotes_that_are_not_closed(self, tmp_path, text, line):
        target = written(tmp_path / "a.csv", text)
        message = f"row that begins in line {line:,} opens quotes that are not closed"
        for act in (dk.load, dk.count, ACTS["append"], ACTS["replace"]):
            with pytest.raises(StoreError, match=message):
                act(target)
        assert held(tmp_path) == {"a.csv": text.encode()}

    def test_a_quote_within_an_unquoted_field_is_text(self, tmp_path):
        target = written(tmp_path / "a.csv", 'id,pipe\n1,5" wide\n2,5" and 6"\n3,"5"" wide"\n')
        assert dk.load(target)["pipe"].tolist() == ['5" wide', '5" and 6"', '5" wide']
        assert dk.count(target) == 3

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("a,b\n1,2\n1,2,3\n4,5\n", "line 3 has 3 fields where the first has 2"),
            ("a,b\n1,2\n\n1\n4,5\n", "line 4 has 1 fields where the first has 2"),
            ('a,b\n"1\n",2\n3\n', "line 4 has 1 fields where the first has 2"),
            ("a,b\n" + "1,2\n" * 300_000 + "3\n", "line 300002 has 1 fields"),
        ],
        ids=["wider", "narrower", "after a long one", "far below"],
    )
    def test_a_row_of_another_width_is_named_by_its_line(self, tmp_path, text, found):
        target = written(tmp_path / "a.csv", text)
        for read in (dk.load, dk.count, lambda at: dk.load(at, where="a > 0")):
            with pytest.raises(StoreError, match=rf"a\.csv' cannot be read as CSV: {found}"):
                read(target)

    @pytest.mark.parametrize("rows", [1, 100_000], ids=["at once", "far below"])
    def test_another_encoding_has_to_be_named(self, tmp_path, rows):
        content = ("id,city\n" + "1,x\n" * rows + "2,Zürich\n").encode("latin-1")
        target = written(tmp_path / "a.csv", content)
        for act in (dk.load, dk.count, ACTS["append"], ACTS["replace"]):
            with pytest.raises(StoreError, match=r"it is not UTF-8 text.*'encoding': 'latin-1'"):
                act(target)
        assert held(tmp_path) == {"a.csv": content}
        loaded = dk.load(target, options={"encoding": "latin-1"})
        assert loaded["city"].tolist()[-1] == "Zürich"
        assert dk.count(dk.table(target, options={"encoding": "latin-1"})) == rows + 1

    def test_utf_16_is_told_by_its_mark(self, tmp_path):
        target = written(tmp_path / "a.csv", "id,city\n1,Zürich\n".encode("utf-16"))
        with pytest.raises(StoreError, match="'encoding': 'utf-16'"):
            dk.load(target)
        assert dk.load(target, options={"encoding": "utf-16"})["city"].tolist() == ["Zürich"]


class TestJson:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("[1, 2]", r"a record is of type ubigint, not an object"),
            ('[{"a": 1}, [2]]', r"a record is of type array, not an object"),
            ('"text"', r"it starts with b'\"text\"'"),
            ("[]", r"it holds no records, so no columns are known"),
            ('[{"a": 1},', r"has no end"),
            ('[{"a": 1}, {"a": ]', r"cannot be read as JSON"),
            ('{"a": 1}\n{"a": \n', r"cannot be read as JSON"),
            ('{"a": 1}\nnonsense\n', r"cannot be read as JSON"),
        ],
    )
    def test_what_is_no_table(self, tmp_path, text, found):
        target = written(tmp_path / "a.json", text)
        for act in (dk.load, dk.count, ACTS["append"], ACTS["replace"]):
            with pytest.raises(
                StoreError, match=rf"a\.json' cannot be read as JSON.*{found}|{found}"
            ):
                act(target)
        assert held(tmp_path) == {"a.json": text.encode()}


class TestPlaces:
    @pytest.mark.parametrize("act", [*ACTS, "drop"])
    @pytest.mark.parametrize("suffix", ["csv", "parquet", "json", "arrow"])
    def test_a_folder_where_a_file_is_meant(self, tmp_path, suffix, act):
        target = tmp_path / f"orders.{suffix}"
        target.mkdir()
        (target / "letter.txt").write_text("dear")
        with pytest.raises(
            StoreError, match=r"orders\.\w+' cannot be .*it is a folder, not a file"
        ):
            {**ACTS, "drop": dk.drop}[act](str(target))
        assert held(tmp_path) == {f"orders.{suffix}/letter.txt": b"dear"}

    @pytest.mark.parametrize(
        "place", ["file/orders.csv", "file/deep/orders.csv", "file/deep/orders/"]
    )
    def test_a_file_where_a_folder_is_meant(self, tmp_path, place):
        (tmp_path / "file").write_text("dear")
        for act in (ACTS["error"], ACTS["replace"], ACTS["append"], dk.load):
            with pytest.raises(StoreError, match=r"is a file|[Nn]ot a directory"):
                act(f"{tmp_path}/{place}")
        assert held(tmp_path) == {"file": b"dear"}

    def test_a_file_where_the_folder_of_a_database_is_meant(self, tmp_path):
        (tmp_path / "file").write_text("dear")
        with pytest.raises(StoreError, match=r"shop\.duckdb"):
            dk.save(ROWS, f"duckdb:///{tmp_path}/file/shop.duckdb#orders")
        assert held(tmp_path) == {"file": b"dear"}

    @pytest.mark.parametrize(
        "place",
        [
            "orders.csv",
            "orders.parquet",
            "orders.json",
            "orders.arrow",
            "orders/",
            "new/orders.csv",
            "new/orders/",
        ],
    )
    @pytest.mark.parametrize("mode", ["error", "append", "replace"])
    def test_a_folder_that_cannot_be_written_to(self, place, mode):
        with pytest.raises(
            StoreError, match=r"'/proc/[\w./]+' cannot be (written|made): (?!None)\w+"
        ):
            dk.save(ROWS, f"/proc/{place}", mode=mode)

    def test_a_database_in_a_folder_that_cannot_be_written_to(self):
        with pytest.raises(StoreError, match=r"cannot make the DuckDB file '/+proc/shop\.duckdb'"):
            dk.save(ROWS, "duckdb:////proc/shop.duckdb#orders")

    def test_what_is_no_regular_file(self, tmp_path):
        os.mkfifo(tmp_path / "orders.csv")
        for act in (dk.load, dk.count, ACTS["replace"]):
            with pytest.raises(StoreError, match=r"orders\.csv': is no regular file"):
                act(f"{tmp_path}/orders.csv")

    def test_a_name_that_is_too_long_for_the_disk(self, tmp_path):
        with pytest.raises(StoreError, match="the name is too long for the disk"):
            dk.save(ROWS, f"{tmp_path}/{'x' * 300}.csv")
        assert not list(tmp_path.iterdir())


class TestNames:
    @pytest.mark.parametrize("name", ["orders.xlsx", "orders.xls", "out/Orders.XLSX", "orders.ods"])
    def test_a_spreadsheet_names_the_way_of_pandas(self, tmp_path, name):
        for act in (dk.load, ACTS["error"]):
            with pytest.raises(UsageError, match=r"unknown suffix.*frame\.to_excel.*read_excel"):
                act(f"{tmp_path}/{name}")
        assert not list(tmp_path.iterdir())

    def test_an_unknown_suffix_lists_the_known_ones(self, tmp_path):
        with pytest.raises(UsageError, match=r"unknown suffix '\.xyz'. There are: \.parquet \.csv"):
            dk.save(ROWS, tmp_path / "orders.xyz")
        with pytest.raises(UsageError, match="format='csv'"):
            dk.load(tmp_path / "orders.xyz")

    def test_a_missing_file_suggests_the_nearest(self, tmp_path):
        dk.save(ROWS, tmp_path / "orders.csv")
        for act in (dk.load, dk.count, dk.drop, ACTS["delete"], ACTS["copy"]):
            with pytest.raises(TableNotFoundError, match=r"'order\.csv'.*mean 'orders\.csv'"):
                act(f"{tmp_path}/order.csv")
        with pytest.raises(TableNotFoundError, match=r"no table named 'orders\.csv'.*none"):
            dk.load(tmp_path / "nowhere" / "orders.csv")
        assert not (tmp_path / "nowhere").exists()

    def test_a_missing_table_suggests_the_nearest(self, tmp_path):
        dk.save(ROWS, "orders")
        dk.save(ROWS, f"{tmp_path}/lake/orders/")
        with pytest.raises(TableNotFoundError, match=r"'order' in store 'local'.*mean 'orders'"):
            dk.load("order")
        with pytest.raises(TableNotFoundError, match=r"'order'.*mean 'orders'"):
            dk.load(f"{tmp_path}/lake/order/")
