"""What eland does: a program for ``answering.py``."""

from __future__ import annotations

import os
from collections.abc import Callable

import eland
import pandas as pd
from elasticsearch import Elasticsearch


def jobs(frame: pd.DataFrame, index: str) -> dict[str, Callable[[], object]]:
    """Return what can be asked for; the server's URL is in the environment."""
    client = Elasticsearch(os.environ["ELASTICSEARCH_URL"], request_timeout=600)
    # Of categories and days, it makes no fields.
    known = frame.astype({"grade": "object", "day": "datetime64[ns]"})

    def save() -> object:
        return eland.pandas_to_eland(
            known,
            client,
            index,
            es_if_exists="replace",
            es_refresh=True,
            use_pandas_index_for_es_ids=False,
        )

    return {"save": save}
