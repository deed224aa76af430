"""The metadata of records, which objects have as tags."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, unquote

from dkdata.errors import SchemaError
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPED, _MORE = "dkdata-tags", "dkdata-more"
_MOST_TAGS, _LONGEST_NAME, _LONGEST_VALUE = 10, 128, 256
_MOST_BYTES = 1500  # of the 2 kB that a server lets be kept about an object
_ALLOWED = re.compile(r"[\w +\-=.:/@]*", re.ASCII)  # what all servers take
Excess = Literal["refuse", "spill"]


@dataclass(frozen=True)
class Tagged:
    """Metadata as it is kept: in tags, and about the object what tells how to read them.

    Parameters
    ----------
    text
        The JSON object, in the one form that it is given back in.
    """

    text: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def blank(self) -> bytes:
        """Blanks for the end of the JSON of the record, others for other metadata.

        An object has the mark of its content, whatever its tags are: with them, it changes too.
        """
        if self.text is None:
            return b""
        digest = int.from_bytes(blake2b(self.text.encode(), digest_size=4).digest(), "big")
        return f"{digest:032b}".translate({ord("0"): " ", ord("1"): "\t"}).encode()


def without_metadata(about: Mapping[str, str]) -> dict[str, str]:
    """Return what is kept about an object but for the metadata of its record."""
    return {name: value for name, value in about.items() if name not in (_TYPED, _MORE)}


def tagged(text: str | None, excess: Excess, row: int) -> Tagged:
    """Return how the metadata of a record is kept.

    Parameters
    ----------
    text
        A JSON object; texts in it are tags as they are, other values as JSON.
    excess
        What becomes of what fits in no tag: it is refused, or kept in the object's own metadata,
        which has 2 kB.
    row
        Which of the records it is, for messages.

    Raises
    ------
    SchemaError
        It is no JSON object, or more than can be kept.

    Examples
    --------
    >>> tagged('{"source": "web", "batch": 7}', "refuse", 0).tags
    {'source': 'web', 'batch': '7'}
    """
    if text is None:
        return Tagged()
    given = _parsed(text, row)
    texts = {
        name: value if isinstance(value, str) else _json(value) for name, value in given.items()
    }
    fitting = [name for name, value in texts.items() if _fits(name, value)][:_MOST_TAGS]
    more = {name: given[name] for name in texts if name not in fitting}
    if more and excess == "refuse":
        message = (
            f"column {METADATA!r}, row {row}: {next(iter(more))!r} fits in no tag. An object has"
            f" {_MOST_TAGS} of them, with names of {_LONGEST_NAME} and values of {_LONGEST_VALUE}"
            " ASCII letters, digits, spaces and + - = . _ : / @. Shorten it, or configure"
            " excess_metadata: spill."
        )
        raise SchemaError(message)
    typed = [quote(name, safe="") for name in fitting if not isinstance(given[name], str)]
    about = {_TYPED: ",".join(typed)} if fitting else {}
    if more or not given:
        about[_MORE] = quote(_json(more))
    if len(about.get(_MORE, "")) > _MOST_BYTES:
        message = (
            f"column {METADATA!r}, row {row}: the metadata that fits in no tag is longer than the"
            f" {_MOST_BYTES:,} bytes that are kept beside them. Make it a column of its own."
        )
        raise SchemaError(message)
    return Tagged(_json(given), {name: texts[name] for name in fitting}, about)


def has_tags(about: Mapping[str, str]) -> bool:
    """Whether an object has tags that are metadata of its record."""
    return _TYPED in about


def untagged(tags: Mapping[str, str], about: Mapping[str, str]) -> str | None:
    """Return the metadata of a record as a JSON object, if it has some.

    Examples
    --------
    >>> kept = tagged('{"batch": 7, "source": "web"}', "refuse", 0)
    >>> untagged(kept.tags, kept.about)
    '{"batch": 7, "source": "web"}'
    """
    if _TYPED not in about and _MORE not in about:
        return None
    typed = set(map(unquote, about.get(_TYPED, "").split(",")))
    found = {name: _value(value, is_typed=name in typed) for name, value in tags.items()}
    found |= json.loads(unquote(about.get(_MORE, "%7B%7D")))
    return _json(found)


def _value(tag: str, *, is_typed: bool) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(tag) if is_typed else tag
    except ValueError:  # somebody else has changed the tag
        return tag


def _parsed(text: str, row: int) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        message = f"column {METADATA!r}, row {row}: {text[:80]!r} is no JSON object. Give one."
        raise SchemaError(message)
    return given


def _fits(name: str, value: str) -> bool:
    return (
        0 < len(name) <= _LONGEST_NAME
        and len(value) <= _LONGEST_VALUE
        and not name.startswith("aws:")
        and _ALLOWED.fullmatch(name) is not None
        and _ALLOWED.fullmatch(value) is not None
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
