"""Indices that dkdata did not make, read as they are; nothing is written to them."""

from dkdata.stores.elasticsearch.foreign.index import Foreign as Foreign
