"""A bucket whose prefixes are tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from dkdata.errors import UsageError
from dkdata.stores.delta.store import DeltaTables
from dkdata.stores.s3.places import PrefixOfTables

if TYPE_CHECKING:
    from dkdata.stores.s3.access import Access
    from dkdata.stores.s3.options import S3Options


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
    """

    options_model: ClassVar[Any] = "dkdata.stores.s3.options:S3Options"

    @classmethod
    def _from_options(cls, options: S3Options, name: str) -> Self:
        return cls(options.access(), options.bucket, options.prefix, **cls._named(name))

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

    def __init__(self, access: Access, bucket: str, prefix: str = "", name: str = "") -> None:
        root = PrefixOfTables(access, bucket, prefix)
        super().__init__(root, name or root.shown)
