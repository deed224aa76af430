"""A bucket whose prefixes are tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dkdata.capabilities import Billing
from dkdata.errors import ExistsError, UsageError
from dkdata.stores.delta.store import DeltaTables
from dkdata.stores.file.formats import format_name
from dkdata.stores.s3.failures import explained
from dkdata.stores.s3.objects.cache import Cache
from dkdata.stores.s3.objects.store import ObjectTables
from dkdata.stores.s3.places import PrefixOfTables
from dkdata.stores.s3.single import S3Files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.query import SaveResult, Write
    from dkdata.store import Store
    from dkdata.stores.s3.access import Access
    from dkdata.stores.s3.objects.tagging import Excess
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
    cache
        What keeps objects of records that were fetched; by default nothing is kept.
    excess_metadata
        What becomes of the metadata of a record that fits in no tag of its object.
    """

    own_arguments = DeltaTables.own_arguments | {"layout"}
    options_model: ClassVar[Any] = "dkdata.stores.s3.options:S3Options"

    @classmethod
    def _from_options(cls, options: S3Options, name: str) -> Self:
        access, lock = options.access(), options.lock
        cache = Cache(options.cache_bytes, options.cache_seconds)
        return cls(
            access, options.bucket, options.prefix, **cls._named(name),
            lock=lock, cache=cache, excess_metadata=options.excess_metadata,
        )  # fmt: skip

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

    def __init__(  # noqa: PLR0913 - what a bucket is configured with
        self,
        access: Access,
        bucket: str,
        prefix: str = "",
        name: str = "",
        *,
        lock: Path | None = None,
        cache: Cache | None = None,
        excess_metadata: Excess = "refuse",
    ) -> None:
        self._access, self._prefix = access, PrefixOfTables(access, bucket, prefix, lock)
        super().__init__(self._prefix, name or self._prefix.shown)
        kept = cache or Cache()
        self._objects = ObjectTables(self._prefix, access, self.name, kept, excess_metadata)

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
        if not is_object and format_name(table) is not None:
            is_object = not self._is_folder(table, file_format)
        return S3Files(self._prefix, self.name, file_format, options) if is_object else self

    def holder_of(self, table: str) -> Store:
        """Return the store of tables of objects, where the table is one of them."""
        is_known = self.has_read(table)
        return self._objects if not is_known and self._objects.holds(table) else self

    def _is_folder(self, table: str, file_format: str | None) -> bool:
        """Whether a name that ends like that of a file is a prefix all the same."""
        return file_format == "delta" or self.root.holds(table)

    def _rename(self, table: str, new: str) -> None:
        if self._objects.holds(new):
            raise ExistsError.rename(table, new, self.name)
        super()._rename(table, new)

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return what saves left that did not end, and versions that are no longer kept."""
        return super().leftovers(older_than) | self._objects.leftovers(older_than)

    def tables(self) -> list[str]:
        """Return the names of the tables of both layouts, sorted."""
        return sorted({*super().tables(), *self._objects.tables()})

    def billing(self) -> Billing:
        """Return the region, and a server that is not Amazon's; nobody is asked."""
        with explained(self._prefix.bucket, ""):
            return Billing(self._access.known_region, self._access.endpoint)

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all; see ``Store.write``."""
        store = self._writer(table, write)
        if store is self:
            return super().write(table, rows, write)
        return store.write(table, rows, replace(write, format=None, options={}))

    def foresee(self, table: str, write: Write) -> SaveResult | None:
        """Refuse a write, as far as that takes no rows; see ``Store.foresee``."""
        store = self._writer(table, write)
        if store is self:
            return super().foresee(table, write)
        return store.foresee(table, replace(write, format=None, options={}))

    def _writer(self, table: str, write: Write) -> Store:
        """Return the store that a table is, or will be, kept in."""
        store = self.store_of(table, write.format, write.options).holder_of(table)
        if store is not self or write.layout != "objects":
            return store
        if self.exists(table):
            message = (
                f"table {table!r} of store {self.name!r} has layout='delta', which is fixed when a"
                " table is made. Leave layout= out, or drop the table first."
            )
            raise UsageError(message)
        return self._objects
