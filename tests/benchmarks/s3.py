"""Tables in a bucket of MinIO, against what people write and read Parquet in buckets by."""

from __future__ import annotations

import itertools
import json
import math
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import write_deltalake
from pyarrow import fs

import dkdata as dk
from tests.benchmarks.databases import arrow
from tests.benchmarks.ratio import Job
from tests.benchmarks.wrangler import VERSION
from tests.services.s3.server import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.apart import Apart
    from tests.services.s3.buckets import Bucket

_WRANGLER = f"awswrangler {VERSION}"
_COLUMN = "amount"
_COLUMN_SECONDS = 0.1  # for a million rows, in a process that has asked before
_RECORDS = 10_000
_SHOWN = math.inf  # a peer without a goal


def variables(bucket: Bucket) -> dict[str, str]:
    """Return what programs find in the environment where a bucket is theirs to use."""
    return {
        "AWS_ENDPOINT_URL": bucket.endpoint,
        "AWS_ACCESS_KEY_ID": bucket.key,
        "AWS_SECRET_ACCESS_KEY": bucket.secret,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


@contextmanager
def reachable(bucket: Bucket) -> Iterator[str]:
    """Give the URL of a bucket that this process and those it starts reach without options."""
    told = variables(bucket)
    before = {name: os.environ[name] for name in told if name in os.environ}
    os.environ.update(told)
    try:
        yield f"s3://{bucket.name}"
    finally:
        for name in told:
            del os.environ[name]
        os.environ.update(before)


def driver_options(bucket: Bucket) -> dict[str, str]:
    """Return what polars and deltalake are told."""
    return {
        "aws_endpoint_url": bucket.endpoint,
        "aws_access_key_id": bucket.key,
        "aws_secret_access_key": bucket.secret,
        "aws_region": REGION,
        "aws_allow_http": "true",
    }


def jobs(bucket: Bucket, frame: pd.DataFrame, wrangler: Apart) -> list[Job]:
    """Return the jobs on a bucket that is reachable, and that nobody else uses."""
    made = _Tables(bucket, frame, wrangler)
    return [*_saves(made), *_loads(made), *_columns(made), *_records(made)]


class _Tables:
    """The frame in a bucket, as each tool writes it and reads it again."""

    def __init__(self, bucket: Bucket, frame: pd.DataFrame, wrangler: Apart) -> None:
        self.frame, self.polars, self.wrangler = frame, pl.from_pandas(frame), wrangler
        self.url = f"s3://{bucket.name}"
        self.target = f"{self.url}/ours"
        self.records = frame.head(_RECORDS).assign(id=range(min(_RECORDS, len(frame))))
        self._numbers = itertools.count()
        self._name, self._options, self._client = bucket.name, driver_options(bucket), bucket.client
        self._system = fs.S3FileSystem(
            access_key=bucket.key,
            secret_key=bucket.secret,
            region=REGION,
            endpoint_override=bucket.endpoint,
        )

    def save(self) -> object:
        """Save the frame as a table."""
        return dk.save(self.frame, self.target, mode="replace", progress=False)

    def save_polars(self) -> object:
        """Save the frame of polars as a table."""
        return dk.save(self.polars, self.target, mode="replace", progress=False)

    def save_records(self) -> object:
        """Save rows as objects of a new table."""
        target = f"{self.url}/objects{next(self._numbers)}"
        return dk.save(self.records, target, key="id", layout="objects", progress=False)

    def put_records(self) -> None:
        """Write rows as objects, one after the other."""
        for line in pl.from_pandas(self.records).write_ndjson().splitlines():
            self._client.put_object(
                Bucket=self._name, Key=f"one/{json.loads(line)['id']}.json", Body=line
            )

    def get_records(self) -> pd.DataFrame:
        """Read those objects, one after the other."""
        found = (
            self._client.get_object(Bucket=self._name, Key=f"one/{one}.json")["Body"].read()
            for one in self.records["id"]
        )
        return pd.DataFrame([json.loads(body) for body in found])

    def by_deltalake(self) -> None:
        """Write a Delta table by its driver."""
        write_deltalake(
            f"{self.url}/theirs",
            arrow(self.frame),
            mode="overwrite",
            schema_mode="overwrite",
            storage_options=self._options,
        )

    def by_polars(self) -> None:
        """Write one Parquet object."""
        self.polars.write_parquet(f"{self.url}/polars.parquet", storage_options=self._options)

    def scanned(self, *columns: str) -> pl.DataFrame:
        """Read columns of that object; all where none is named."""
        scan = pl.scan_parquet(f"{self.url}/polars.parquet", storage_options=self._options)
        return (scan.select(columns) if columns else scan).collect()

    def by_arrow(self) -> None:
        """Write a folder of Parquet objects."""
        ds.write_dataset(
            arrow(self.frame),
            f"{self._name}/arrow",
            format="parquet",
            filesystem=self._system,
            existing_data_behavior="overwrite_or_ignore",
        )

    def dataset(self) -> pa.Table:
        """Read that folder."""
        return ds.dataset(f"{self._name}/arrow", filesystem=self._system).to_table()


def _saves(made: _Tables) -> list[Job]:
    wrangled = made.wrangler.job
    return [
        Job("save S3", "write_deltalake", 1.15, made.save, made.by_deltalake),
        Job("save S3, one file", f"{_WRANGLER}, file", 0.7, made.save, wrangled("save file")),
        Job("save S3, dataset", f"{_WRANGLER}, overwrite", 0.5, made.save,
            wrangled("save dataset")),
        Job("save S3, polars", "polars write_parquet", _SHOWN, made.save_polars, made.by_polars),
        Job("save S3, Arrow", "pyarrow.dataset", _SHOWN, made.save, made.by_arrow),
    ]  # fmt: skip


def _loads(made: _Tables) -> list[Job]:
    def setup() -> None:
        made.save()
        made.wrangler.job("save file")()
        made.by_polars()
        made.by_arrow()

    return [
        Job("load S3", f"{_WRANGLER}, file", 1.0, lambda: dk.load(made.target),
            made.wrangler.job("load file"), setup=setup),
        Job("load S3 as polars", "polars scan_parquet", _SHOWN,
            lambda: dk.load(made.target, as_="polars"), made.scanned, setup=setup),
        Job("load S3 as Arrow", "pyarrow.dataset", _SHOWN,
            lambda: dk.load(made.target, as_="arrow"), made.dataset, setup=setup),
    ]  # fmt: skip


def _columns(made: _Tables) -> list[Job]:
    """Return what asks for one column of ten, after the process has asked before."""
    seconds = _COLUMN_SECONDS * max(1, len(made.frame) / 1_000_000)
    mean = f"SELECT avg({_COLUMN}) FROM '{made.target}'"

    def setup() -> None:
        made.save()
        made.wrangler.job("save file")()
        made.by_polars()

    return [
        Job("load one column of S3", f"{_WRANGLER}, file", _SHOWN,
            lambda: dk.load(made.target, columns=[_COLUMN]),
            made.wrangler.job("load column"), setup=setup, seconds=seconds),
        Job("mean of one column of S3", "polars scan_parquet", _SHOWN,
            lambda: dk.sql(mean), lambda: made.scanned(_COLUMN).mean(),
            setup=setup, seconds=seconds),
    ]  # fmt: skip


def _records(made: _Tables) -> list[Job]:
    """Return what writes and reads small records, each an object."""

    def setup() -> None:
        made.save_records()
        made.put_records()

    return [
        Job("create records in S3", "botocore, one by one", 1 / 8, made.save_records,
            made.put_records),
        Job("read records of S3", "botocore, one by one", 1 / 8,
            lambda: dk.load(f"{made.url}/objects0"), made.get_records, setup=setup),
    ]  # fmt: skip
