"""What is not built yet: each waits with the error that it gives today."""

from __future__ import annotations

import importlib

import dkdata as dk
from tests.features.uses import collected

USES, use = collected()


@use("queries", not_built_yet=ModuleNotFoundError)
def the_cell_magic():
    """the cell magic `%%dk`"""
    assert importlib.import_module("dkdata.magics")


@use("performance", not_built_yet=AttributeError)
def a_cache_of_what_is_read_often():
    """`dk.cache`"""
    assert dk.cache() is not None


@use("dask", not_built_yet=ModuleNotFoundError)
def import_the_accessor_of_dask():
    """`import dkdata.dask`"""
    assert importlib.import_module("dkdata.dask")


@use("command line", not_built_yet=ModuleNotFoundError)
def validate_from_a_shell():
    """`dkdata validate` …"""
    assert importlib.import_module("dkdata.cli")
