"""A bucket whose prefixes are tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dkdata.errors import UsageError
from dkdata.store import Billing
from dkdata.stores.delta.store import DeltaTables
from dkdata.stores.file.formats import format_name
from dkdata.stores.s3.failures import explained
from dkdata.stores.s3.places import PrefixOfTables
from dkdata.stores.s3.single import S3Files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.query import SaveResult, Write
    from dkdata.store import Store
    from dkdata.stores.s3.access import Access
    from dkdata.stores.s3.options import S3Options
    from dkdata.types import Rows


class S3Store(DeltaTables):
    """Tables in Delta Lake format below a prefix of a bucket.

    Parameters
    ----------
    access
        How the server is reached.
    bucket, prefix
        Where the tables are; a prefix ends with a slash.
    name
        What messages call the store.
    lock
        A folder that all writers lock, where the server knows no conditional writes.
    """

    options_model: ClassVar[Any] = "dkdata.stores.s3.options:S3Options"

    @classmethod
    def _from_options(cls, options: S3Options, name: str) -> Self:
        access, lock = options.access(), options.lock
        return cls(access, options.bucket, options.prefix, lock=lock, **cls._named(name))

    @classmethod
    def table_of_url(cls, url: str) -> tuple[str, str]:
        """Return the URL of the prefix that a table is below, and its name.

        A key may hold any character, so nothing in it is a sign or a code.

        Examples
        --------
        >>> S3Store.table_of_url("s3://my-bucket/records/orders@3")
        ('s3://my-bucket/records', 'orders@3')
        """
        base, _, table = url.rstrip("/").rpartition("/")
        if not table or base.endswith(":/"):
            shown = url.rstrip("/")
            message = f"{url!r} names no table. Add its name: '{shown}/orders'."
            raise UsageError(message)
        return base, table

    @classmethod
    def url_options(cls, url: str) -> dict[str, Any]:
        """Return the bucket and the prefix of a URL."""
        bucket, _, prefix = url.partition("://")[2].partition("/")
        return {"bucket": bucket, "prefix": prefix}

    def __init__(
        self,
        access: Access,
        bucket: str,
        prefix: str = "",
        name: str = "",
        lock: Path | None = None,
    ) -> None:
        self._access, self._prefix = access, PrefixOfTables(access, bucket, prefix, lock)
        super().__init__(self._prefix, name or self._prefix.shown)

    def check_arguments(self, table: str, **given: object) -> None:
        """Refuse arguments that mean nothing here; ``options`` are of single objects."""
        is_object = given.get("format") not in (None, "delta") or format_name(table) is not None
        own = ("options",) if is_object else ()
        super().check_arguments(
            table, **{name: value for name, value in given.items() if name not in own}
        )

    def store_of(self, table: str, file_format: str | None, options: Mapping[str, Any]) -> Store:
        """Return the store that keeps a table: of objects, where its name or a format says so."""
        is_object = file_format not in (None, "delta") or bool(options)
        if not is_object and (format_name(table) is None or file_format == "delta"):
            return self
        if not is_object and self.root.holds(table):  # a folder may be called like a file
            return self
        return S3Files(self._prefix, self.name, file_format, options)

    def billing(self) -> Billing:
        """Return the region, and a server that is not Amazon's; nobody is asked."""
        with explained(self._prefix.bucket, ""):
            return Billing(self._access.known_region, self._access.endpoint)

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all; see ``Store.write``."""
        store = self.store_of(table, write.format, write.options)
        if store is self:
            return super().write(table, rows, write)
        return store.write(table, rows, replace(write, format=None, options={}))
