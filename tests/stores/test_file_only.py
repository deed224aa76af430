"""What only single files do: the file beside them, options, writers and readers at once."""

from __future__ import annotations

import json
import os
import shutil
import stat

import pandas as pd
import pyarrow.parquet as pq
import pytest

import dkdata as dk
from dkdata.errors import DkWarning, UsageError
from dkdata.stores.file.store import FileStore
from dkdata.testing.comparing import assert_same
from tests.stores.in_processes import in_process

ORDERS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "city": ["Oslo", "", None],
        "kind": pd.Categorical(["x", "y", None], categories=["y", "x"]),
        "took": pd.to_timedelta([1, None, 3], unit="s"),
    }
)
LATER = pd.DataFrame({"v": [2] * 5})
SUFFIXES = ("csv", "tsv", "json", "jsonl", "parquet", "arrow", "csv.gz", "jsonl.zst")
BESIDE = ("csv", "json", "jsonl.zst")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def loaded_with_one_warning(target, match):
    with pytest.warns(DkWarning, match=match) as warned:
        loaded = dk.load(target)
    assert len(warned) == 1
    return loaded


@pytest.fixture
def target(tmp_path):
    return tmp_path / "orders.csv"


@pytest.fixture
def beside(target):
    """The file beside a file that was saved."""
    dk.save(ORDERS, target)
    return target.with_name("orders.csv.dk.json")


class TestBeside:
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_only_text_has_a_file_beside_it(self, tmp_path, suffix):
        name = f"orders.{suffix}"
        dk.save(ORDERS, tmp_path / name)
        beside = [] if suffix in ("parquet", "arrow") else [f"{name}.dk.json"]
        assert sorted(path.name for path in tmp_path.iterdir()) == [name, *beside]
        assert FileStore(tmp_path).tables() == [name]

    def test_without_it_the_rows_load_as_text_tells_them(self, target, beside):
        beside.unlink()
        loaded = dk.load(target)
        assert loaded["id"].tolist() == [1, 2, 3]
        assert loaded["kind"].astype(object).tolist()[:2] == ["x", "y"]
        assert dk.count(target, "city = ''") == 1

    @pytest.mark.parametrize(
        "damage",
        [
            "",
            "{not",
            "[]",
            "null",
            "7",
            "\x00\x01",
            '{"dkdata": 1}',
            '{"dkdata": 2, "entries": []}',
            '{"dkdata": 1, "entries": 7}',
            '{"dkdata": 1, "entries": [null, 7, {}]}',
        ],
    )
    def test_damage_fails_no_load(self, target, beside, damage):
        beside.write_text(damage)
        assert dk.load(target)["id"].tolist() == [1, 2, 3]
        dk.save(ORDERS, target, mode="replace")
        assert_same(dk.load(target), ORDERS)

    @pytest.mark.parametrize("note", [None, 7, [], {}, "x", {"dkdata_file": None}, {"dkdata": {}}])
    @pytest.mark.filterwarnings("ignore::dkdata.errors.DkWarning")
    def test_damage_of_one_entry_fails_no_load(self, target, beside, note):
        whole = json.loads(beside.read_text())
        whole["entries"][0]["note"] = note
        beside.write_text(json.dumps(whole))
        assert dk.load(target)["id"].tolist() == [1, 2, 3]
        dk.save(ORDERS, target, mode="replace")
        assert_same(dk.load(target), ORDERS)

    @pytest.mark.parametrize("suffix", BESIDE)
    def test_a_copy_of_both_loads_exactly(self, tmp_path, suffix):
        dk.save(ORDERS, tmp_path / f"a.{suffix}")
        shutil.copy(tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}")
        shutil.copy(tmp_path / f"a.{suffix}.dk.json", tmp_path / f"b.{suffix}.dk.json")
        os.utime(tmp_path / f"b.{suffix}", (1, 1))
        assert_same(dk.load(tmp_path / f"b.{suffix}"), ORDERS)

    @pytest.mark.parametrize("suffix", BESIDE)
    def test_a_save_that_died_between_the_two_leaves_the_old_exact(self, tmp_path, suffix):
        """The file beside was written already, the data not yet."""
        at = tmp_path / f"orders.{suffix}"
        dk.save(ORDERS, at)
        old = at.read_bytes()
        dk.save(LATER, at, mode="replace")
        at.write_bytes(old)
        assert_same(dk.load(at), ORDERS)
        dk.save(ORDERS, at, mode="append")
        assert dk.count(at) == 6

    @pytest.mark.usefixtures("beside")
    def test_values_that_were_edited_keep_their_types(self, target):
        edit(target, "Oslo", "Bonn")
        edited = dk.load(target)
        assert_same(edited, ORDERS.assign(city=["Bonn", "", None]))

    @pytest.mark.usefixtures("beside")
    def test_rows_that_were_added_are_there(self, target):
        with target.open("a") as file:
            file.write("4,Rome,z,\n")
        edited = dk.load(target)
        assert edited["kind"].astype(object).tolist()[3] == "z"
        assert edited["took"].dtype == ORDERS["took"].dtype
        assert dk.count(target) == 4

    @pytest.mark.usefixtures("beside")
    def test_one_warning_names_the_columns_that_do_not_fit(self, target):
        edit(target, "\n3,", "\nthree,")
        edited = loaded_with_one_warning(target, "'id'")
        assert edited["id"].tolist() == ["1", "2", "three"]
        assert_same(edited[["kind", "took"]], ORDERS[["kind", "took"]])

    @pytest.mark.usefixtures("beside")
    def test_one_warning_names_the_columns_that_are_new(self, target):
        lines = target.read_text().splitlines()
        added = [f"{line},{'new' if n == 0 else n}\n" for n, line in enumerate(lines)]
        target.write_text("".join(added))
        edited = loaded_with_one_warning(target, "'new'")
        assert edited["new"].tolist() == [1, 2, 3]
        assert_same(edited[list(ORDERS)], ORDERS)

    def test_drop_removes_both(self, target, beside):
        dk.drop(target)
        assert not target.exists()
        assert not beside.exists()


class TestOptions:
    @pytest.mark.parametrize(
        "options",
        [
            {"sep": ";"},
            {"sep": "|", "quotechar": "'"},
            {"encoding": "latin-1"},
            {"encoding": "utf-16"},
            {"encoding": "utf-8-sig"},
            {"header": False},
            {"sep": "\t", "encoding": "cp1252", "header": False, "quotechar": "'"},
        ],
        ids=str,
    )
    def test_a_csv_is_read_as_it_was_written(self, target, options):
        frame = ORDERS.assign(city=["Zürich; 'a'|\t\"b\"", "", None])
        dk.save(frame, target, options=options)
        assert_same(dk.load(target), frame)
        dk.save(frame, target, mode="append")
        assert dk.count(target) == 6
        assert dk.load(target)["city"].tolist()[3] == frame["city"][0]

    def test_a_csv_of_others_is_read_by_its_options(self, target):
        target.write_bytes("1;Zürich;NA\n2;'a;b';x\n".encode("cp1252"))
        options = {
            "sep": ";",
            "encoding": "cp1252",
            "header": False,
            "quotechar": "'",
            "null_values": ["NA"],
        }
        held = dk.load(target, options=options, as_="arrow")
        assert held.column_names == ["column_1", "column_2", "column_3"]
        assert held["column_2"].to_pylist() == ["Zürich", "a;b"]
        assert held["column_3"].to_pylist() == [None, "x"]

    @pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
    def test_the_separator_can_be_found_out(self, target, sep):
        target.write_text(f"a{sep}b\n1{sep}x\n2{sep}y\n")
        assert dk.load(target, options={"sep": None})["b"].tolist() == ["x", "y"]

    def test_a_character_that_the_encoding_lacks_is_refused(self, target):
        with pytest.raises(dk.errors.SchemaError, match=r"'€' cannot be written as 'latin-1'"):
            dk.save(pd.DataFrame({"x": ["€"]}), target, options={"encoding": "latin-1"})
        assert not target.exists()

    @pytest.mark.parametrize(
        ("name", "file_format"),
        [
            ("a.txt", "csv"),
            ("a.dat", "parquet"),
            ("a", "json"),
            ("a.csv", "jsonl"),
            ("a", "csv.gz"),
        ],
    )
    def test_a_format_for_an_odd_suffix(self, tmp_path, name, file_format):
        at = tmp_path / name
        dk.save(ORDERS, at, format=file_format)
        assert_same(dk.load(at, format=file_format), ORDERS)
        dk.save(ORDERS, at, format=file_format, mode="append")
        assert dk.count(dk.table(at, format=file_format)) == 6

    def test_compression_of_parquet(self, tmp_path):
        at = tmp_path / "a.parquet"
        options = {"compression": "gzip", "row_group_size": 2}
        dk.save(ORDERS, at, options=options)
        held = pq.ParquetFile(at).metadata
        assert held.num_row_groups == 2
        assert held.row_group(0).column(0).compression == "GZIP"

    @pytest.mark.parametrize(
        ("name", "options", "message"),
        [
            ("a.csv", {"seperator": ";"}, r"no option 'seperator'.*There are: sep, encoding"),
            ("a.csv", {"seq": ";"}, r"no option 'seq'. Did you mean 'sep'"),
            ("a.csv", {"sep": ";;"}, r"sep=';;' is not possible. Give one ASCII character"),
            ("a.csv", {"encoding": "latin-99"}, r"encoding='latin-99' is not known"),
            ("a.csv", {"packing": "gzip"}, r"no option 'packing'"),
            ("a.parquet", {"compression": "zip"}, r"compression='zip' is not possible"),
            ("a.parquet", {"sep": ";"}, r"format 'parquet' has no option 'sep'"),
            ("a.parquet", {"row_group_size": 0}, r"row_group_size=0 is not possible"),
            ("a.arrow", {"compression": "zip"}, r"compression='zip' is not possible"),
            ("a.json", {"indent": 2}, r"format 'json' has no option 'indent'"),
        ],
    )
    def test_options_that_there_are_not(self, tmp_path, name, options, message):
        for act in (dk.load, lambda at, **given: dk.save(ORDERS, at, **given)):
            with pytest.raises(UsageError, match=message):
                act(tmp_path / name, options=options)
        assert not list(tmp_path.iterdir())

    def test_a_format_that_there_is_not(self, target):
        with pytest.raises(UsageError, match=r"format='cvs'.*Did you mean 'csv'"):
            dk.save(ORDERS, target, format="cvs")


class TestPlaces:
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_permissions_are_kept(self, tmp_path, suffix):
        at = tmp_path / f"orders.{suffix}"
        dk.save(ORDERS, at)
        at.chmod(0o640)
        dk.save(LATER, at, mode="replace")
        dk.save(LATER, at, mode="append")
        assert stat.S_IMODE(at.stat().st_mode) == 0o640

    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_a_link_stays_one(self, tmp_path, suffix):
        real, link = tmp_path / "deep" / f"real.{suffix}", tmp_path / f"link.{suffix}"
        dk.save(ORDERS, real)
        link.symlink_to(real)
        dk.save(LATER, link, mode="replace")
        assert link.is_symlink()
        assert_same(dk.load(link), LATER)
        assert real.read_bytes() == link.read_bytes()

    @pytest.mark.parametrize(
        "name", ["it's.csv", 'a "b".csv', "a b#c?.json", "ü*[x].parquet", "5%.csv"]
    )
    def test_names_of_files(self, tmp_path, name):
        dk.save(ORDERS, tmp_path / name)
        dk.save(ORDERS, tmp_path / name, mode="append")
        assert FileStore(tmp_path).tables() == [name]
        assert dk.count(tmp_path / name, "id = 1") == 2
        dk.drop(tmp_path / name)
        assert not list(tmp_path.iterdir())


class TestMarks:
    @pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "jsonl"])
    @pytest.mark.parametrize("header", [True, False])
    def test_a_text_that_begins_like_a_byte_order_mark_stays(self, tmp_path, suffix, header):
        frame = pd.DataFrame({"s": ["\ufeffa", "b", "\ufeff", None], "n": [1, 2, 3, 4]})
        options = {} if suffix == "jsonl" else {"header": header}
        dk.save(frame, tmp_path / f"marks.{suffix}", options=options)
        assert_same(dk.load(tmp_path / f"marks.{suffix}"), frame)

    @pytest.mark.parametrize("suffix", ["csv", "jsonl"])
    def test_a_file_that_is_cut_short_meanwhile_ends_no_process(self, tmp_path, suffix):
        """A file that others write to is never mapped into memory."""
        at = tmp_path / f"long.{suffix}"
        dk.save(pd.DataFrame({"text": ["x" * 1_000] * 50_000}), at)
        code = """
            import sys, dkdata as dk
            for _ in range(20):
                try:
                    dk.count(sys.argv[1])
                except dk.errors.DkError:
                    pass
            """
        whole = at.read_bytes()
        with in_process(code, at) as counting:
            while counting.poll() is None:
                os.truncate(at, 0)
                at.write_bytes(whole)
        assert counting.returncode == 0


class TestDeadlines:
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_save_that_takes_longer_leaves_the_old_file(self, tmp_path, suffix):
        at = tmp_path / f"orders.{suffix}"
        dk.save(ORDERS, at)
        frame = pd.DataFrame({"v": range(200_000)})
        with pytest.raises(dk.errors.DeadlineError):
            dk.save(frame, at, mode="replace", timeout=0.001)
        assert_same(dk.load(at), ORDERS)
        dk.save(frame, at, mode="replace")
        for kind in ("pandas", "polars"):
            with pytest.raises(dk.errors.DeadlineError):
                dk.load(at, as_=kind, timeout=0.001)
