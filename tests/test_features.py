"""What dkdata does: one small real use of each feature, and the page made of them.

``python -m tests.test_features`` writes ``docs/what-dkdata-does.md``.
"""

from __future__ import annotations

import pytest

from tests.features import built, later, recorded, served
from tests.features.uses import FEATURES, PAGE

USES = [*built.USES, *recorded.USES, *served.USES, *later.USES]


def _marked(one):
    lacking = one.lacking and pytest.mark.xfail(
        raises=one.lacking, strict=True, reason="not built yet"
    )
    return pytest.param(one, id=f"{one.feature}: {one.run.__name__}", marks=lacking or ())


@pytest.mark.parametrize("one", [_marked(one) for one in USES])
def test_feature(one):
    one.run()


def test_every_feature_has_a_use():
    assert set(FEATURES) == {one.feature for one in USES}


def page():
    """Return the page that says what is built and what is not."""
    lines = [
        "# What dkdata does",
        "",
        "Made from `tests/test_features.py`, where every entry is a small test: what works is",
        "tried on every run, and what is not built yet has a test that waits for it.",
        "",
        "| feature | works | not built yet |",
        "| --- | --- | --- |",
    ]
    for feature, promise in FEATURES.items():
        works, lacks = (
            "<br>".join(
                one.told for one in USES if one.feature == feature and bool(one.lacking) is bad
            )
            for bad in (False, True)
        )
        lines.append(f"| {promise} | {works} | {lacks} |")
    return "\n".join(lines) + "\n"


def test_page_is_made_from_this_table():
    assert page() == PAGE.read_text(encoding="utf-8")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
