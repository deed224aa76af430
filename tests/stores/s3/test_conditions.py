"""Servers that know no conditional writes are refused, but for those whose writers share a lock."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ConflictError, UnsupportedError
from tests.services.s3.scripted import ScriptedProxy
from tests.stores.in_processes import in_process
from tests.stores.overtaken import save_overtaken

ORDERS = pd.DataFrame({"id": [1, 2, 3]})
CSV = 'lake."orders.csv"'


@pytest.fixture(params=["if-none-match", "if-match"])
def forgetful(request, bucket):
    """The options of a bucket on a server that does not know a condition."""
    with ScriptedProxy(bucket.endpoint, forgotten=(request.param,)) as proxy:
        yield bucket.options | {"endpoint_url": proxy.endpoint}


@pytest.mark.parametrize("bucket", ["localstack"], indirect=True)
class TestForgetful:
    @pytest.mark.parametrize("target", ["lake.orders", CSV])
    def test_it_is_refused_before_anything_is_written(self, bucket, forgetful, target):
        dk.configure({"stores": {"lake": forgetful}})
        with pytest.raises(UnsupportedError, match=r"does not heed If-.*lock="):
            dk.save(ORDERS, target)
        assert bucket.listed() == []

    @pytest.mark.parametrize("target", ["lake.orders", CSV])
    def test_with_a_lock_one_of_two_is_told_to_try_again(self, forgetful, target, tmp_path):
        dk.configure({"stores": {"lake": forgetful | {"lock": str(tmp_path / "locks")}}})
        dk.save(ORDERS, target)

        def overtake():
            dk.save(ORDERS.head(1), target, mode="replace")

        with pytest.raises(ConflictError, match="somebody else"):
            save_overtaken(dk.load(target, as_="arrow"), target, "replace", overtake)
        assert dk.load(target)["id"].tolist() == [1]

    def test_with_a_lock_no_append_of_several_processes_is_lost(self, forgetful, tmp_path):
        options = forgetful | {"lock": str(tmp_path / "locks")}
        code = """
            import json, sys, pandas as pd, dkdata as dk
            dk.configure({"stores": {"lake": json.loads(sys.argv[1])}})
            for n in range(5):
                dk.save(pd.DataFrame({"n": [n]}), "lake.orders", mode="append", progress=False)
            """
        dk.configure({"stores": {"lake": options}})
        writers = [in_process(code, json.dumps(options)) for _ in range(3)]
        assert [writer.communicate()[1] for writer in writers] == [""] * 3
        assert sorted(dk.load("lake.orders")["n"]) == sorted([*range(5)] * 3)
