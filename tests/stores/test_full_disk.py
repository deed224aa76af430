"""A disk that is full or read-only: the old content stays, nothing is left beside it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from contextlib import contextmanager, suppress

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import StoreError
from dkdata.testing.comparing import assert_same

FILES = ("orders.csv", "orders.parquet", "orders.json", "orders.jsonl.zst", "orders.arrow")
TARGETS = (*FILES, "orders/", "shop.duckdb#orders")
SMALL = pd.DataFrame({"id": range(500), "price": np.random.default_rng(0).random(500)})
LARGE = pd.DataFrame(
    {"id": range(500_000), "price": np.random.default_rng(1).random(500_000)},
)


@contextmanager
def small_disk(folder, megabytes=3):
    """Make a folder a disk of a few MB; where that is not allowed, limit the size of files."""
    folder.mkdir()
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "dk"]
    if subprocess.run([*mount, folder], check=False, capture_output=True).returncode:
        with small_files(megabytes << 20):
            yield "orders"
        return
    try:
        yield r"no space left on the disk; nothing was|is full.*Nothing was"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def small_files(size):
    """Let no file of this process grow beyond that many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(folder):
    """Let nobody write into a folder; root, who may do everything, has it as a disk of its own."""
    with small_disk(folder, 8):
        yield lambda: _close(folder)
        if not os.access(folder, os.W_OK):
            with suppress(OSError):
                folder.chmod(0o700)


def _close(folder):
    remount = ["mount", "-o", "remount,ro", folder]
    if subprocess.run(remount, check=False, capture_output=True).returncode:
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o500 if path.is_dir() else 0o400)


def place(folder, target):
    return f"duckdb:///{folder}/{target}" if "#" in target else f"{folder}/{target}"


def names(folder):
    """Return what is in a folder; DuckDB's log comes and goes."""
    return sorted(str(path) for path in folder.rglob("*") if path.suffix != ".wal")


@pytest.fixture
def disk(tmp_path):
    return tmp_path / "disk"


class TestFull:
    @pytest.mark.parametrize("mode", ["replace", "append", "upsert"])
    @pytest.mark.parametrize("target", TARGETS)
    def test_the_old_content_stays(self, disk, target, mode):
        with small_disk(disk) as reason:
            dk.save(SMALL, place(disk, target), key="id")
            before = names(disk)
            given = LARGE.assign(id=LARGE["id"] + 500) if mode == "append" else LARGE
            with pytest.raises(StoreError, match=reason):
                dk.save(given, place(disk, target), mode=mode, key="id", progress=False)
            assert names(disk) == before
            assert_same(dk.load(place(disk, target)), SMALL)
            assert dk.count(place(disk, target)) == 500

    @pytest.mark.parametrize("target", TARGETS)
    def test_a_new_table_leaves_nothing(self, disk, target):
        with small_disk(disk) as reason:
            with pytest.raises(StoreError, match=reason):
                dk.save(LARGE, place(disk, target), progress=False)
            assert not dk.exists(place(disk, target))
            assert [name for name in names(disk) if not name.endswith(".duckdb")] == []

    @pytest.mark.parametrize("target", TARGETS[:-1])
    def test_the_room_is_given_back(self, disk, target):
        with small_disk(disk):
            dk.save(SMALL, place(disk, target))
            with pytest.raises(StoreError):
                dk.save(LARGE, place(disk, target), mode="replace", progress=False)
            dk.save(SMALL, place(disk, target), mode="append")
            assert dk.count(place(disk, target)) == 1000

    @pytest.mark.parametrize("target", TARGETS)
    def test_a_stream_that_fills_the_disk(self, disk, target):
        with small_disk(disk) as reason:
            dk.save(SMALL, place(disk, target))
            before = names(disk)
            rows = dk.table("memory.large")
            dk.save(LARGE, "memory.large", mode="replace")
            with pytest.raises(StoreError, match=reason):
                dk.copy(rows, place(disk, target), mode="append", progress=False)
            assert names(disk) == before
            assert_same(dk.load(place(disk, target)), SMALL)

    @pytest.mark.parametrize("target", FILES)
    def test_a_delete_that_has_no_room(self, disk, target):
        dk.save(LARGE, place(disk, target), progress=False)
        before = names(disk)
        with (
            small_files(100 << 10),
            pytest.raises(StoreError, match=r"orders\.[\w.]+' cannot be written"),
        ):
            dk.delete(place(disk, target), "id = 7")
        assert names(disk) == before
        assert dk.count(place(disk, target)) == 500_000


class TestReadOnly:
    @pytest.mark.parametrize("target", TARGETS)
    def test_it_is_read_and_not_written_to(self, disk, target):
        with read_only(disk) as close:
            at = place(disk, target)
            dk.save(SMALL, at)
            before = names(disk)
            close()
            assert_same(dk.load(at), SMALL)
            for mode in ("append", "replace"):
                with pytest.raises(StoreError, match=r"[Rr]ead-only|[Pp]ermission denied"):
                    dk.save(SMALL, at, mode=mode)
            assert names(disk) == before

    @pytest.mark.parametrize("target", TARGETS)
    def test_nothing_is_deleted_or_dropped(self, disk, target):
        with read_only(disk) as close:
            at = place(disk, target)
            dk.save(SMALL, at)
            close()
            for change in (lambda at: dk.delete(at, "id = 1"), dk.drop):
                with pytest.raises(StoreError, match=r"[Rr]ead-only|[Pp]ermission denied"):
                    change(at)
            assert dk.count(at) == 500

    @pytest.mark.parametrize("target", [*TARGETS, "new/orders.csv", "new/orders/"])
    def test_nothing_is_made(self, disk, target):
        with read_only(disk) as close:
            close()
            with pytest.raises(StoreError, match=r"[Rr]ead-only|[Pp]ermission denied"):
                dk.save(SMALL, place(disk, target))
            assert names(disk) == []
