"""Which of several servers a test runs on.

The conformance tests run on each. Of the others, one that could run on several runs on one of them,
which its name chooses: half of them on each server take half the time. With
``DKDATA_TEST_SERVERS=all`` (``make faults``) they run on each.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from zlib import crc32

from dkdata.testing import StoreTests
from tests.services.harness import SERVICES

_SERVER = re.compile(rf"(?<=[\[-])(?:{'|'.join(SERVICES)})(?=[\]-])")


def pytest_collection_modifyitems(config, items):
    if os.environ.get("DKDATA_TEST_SERVERS") == "all":
        return
    alike = defaultdict(list)
    for item in items:
        if not issubclass(getattr(item, "cls", None) or object, StoreTests):
            alike[_SERVER.sub("", item.nodeid)].append(item)
    left_out = {
        item
        for name, group in alike.items()
        for number, item in enumerate(group)
        if number != crc32(name.encode()) % len(group)
    }
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
