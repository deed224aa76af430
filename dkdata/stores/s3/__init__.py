"""Tables in buckets of Amazon S3, and of servers that speak its protocol."""

from dkdata.stores.s3.store import S3Store

__all__ = ["S3Store"]
