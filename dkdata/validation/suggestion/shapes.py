"""Regular expressions that fit the shape of texts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Every expression here means the same to Python and to RE2: classes are written out, since \d, \s
# and \w differ between them beyond ASCII.
_KNOWN: Final = {
    "a UUID": "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "an e-mail address": r"[^@ ]+@[^@ ]+\.[^@ .]+",
    "a URL": "https?://[^ ]+",
    "a date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "a time": (
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
        "(Z|[+-][0-9]{2}:?[0-9]{2})?"
    ),
    "an IPv4 address": r"[0-9]{1,3}(\.[0-9]{1,3}){3}",
    "a phone number": r"\+[0-9][0-9 ()./-]{5,18}",
}
_CLASSES: Final = (
    "0-9", "A-Z", "a-z", "0-9a-f", "0-9A-F", "A-Z0-9", "a-z0-9", "A-Za-z", "A-Za-z0-9",
)  # fmt: skip
_WHOLE: Final = {name: re.compile(f"[{name}]+") for name in _CLASSES}
_SPLITS: Final = (
    re.compile(r"[A-Z]+|[a-z]+|[0-9]+|.", re.DOTALL),
    re.compile(r"[A-Za-z]+|[0-9]+|.", re.DOTALL),
    re.compile(r"[A-Za-z0-9]+|.", re.DOTALL),
)
_TIMES: Final = ("a date", "a time")
"""Known shapes of which the texts themselves say more: with or without seconds, or a zone."""

_MEANT: Final = re.compile(r"[.^$*+?()\[\]{}|\\]")
"""Characters that mean something in a regular expression."""

_NEARLY_ALL: Final = 0.98
_MOST_PARTS: Final = 16
_LONGEST: Final = 200
"""Characters of a text that are looked at; what is longer is tried whole afterwards."""

_NEAR: Final = 3
"""By how much the lengths of a part may differ for them to be named."""


@dataclass(frozen=True)
class Shape:
    """A regular expression for whole texts, and what such texts are."""

    regex: str
    told: str


def shapes_of(texts: Sequence[str]) -> Iterator[Shape]:
    """Yield the shapes that nearly all of some texts have, the most exact first.

    Examples
    --------
    >>> [shape.regex for shape in shapes_of(["AB-1234", "AC-77", "XY-123"])]
    ['^[A-Z]{2}-[0-9]{2,4}$', '^[A-Z]{2}-[0-9]+$']
    """
    known = next((told for told, regex in _KNOWN.items() if _fits(regex, texts)), "")
    if known and known not in _TIMES:
        yield Shape(f"^{_KNOWN[known]}$", known)
        return
    parted = (_common_parts(split, texts) for split in _SPLITS)
    for parts in parted:
        if parts and _says_something(parts):
            exact, open_ = (
                "".join(_part(part, is_exact=is_exact) for part in parts)
                for is_exact in (True, False)
            )
            yield from (Shape(f"^{regex}$", known) for regex in dict.fromkeys((exact, open_)))
            return


def _fits(regex: str, texts: Sequence[str]) -> bool:
    whole = re.compile(regex).fullmatch
    return sum(whole(text) is not None for text in texts) >= _NEARLY_ALL * len(texts)


def _common_parts(split: re.Pattern[str], texts: Sequence[str]) -> list[set[str]] | None:
    """Return what stands at each place of the texts, if nearly all have the same parts."""
    parted = [split.findall(text, 0, _LONGEST) for text in texts]
    if sum(0 < len(parts) <= _MOST_PARTS for parts in parted) < _NEARLY_ALL * len(texts):
        return None
    kinds = [tuple(_class_of({part}) or part for part in parts) for parts in parted]
    joined = kinds if split is not _SPLITS[-1] else [_merged(kind) for kind in kinds]
    ((common, count),) = Counter(joined).most_common(1)
    if count < _NEARLY_ALL * len(texts):
        return None
    chosen = [parts for parts, kind in zip(parted, joined, strict=True) if kind == common]
    return [set(parts) for parts in zip(*chosen, strict=True)]


def _merged(kind: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of parts, letters and digits as one."""
    return tuple("A-Za-z0-9" if part in _CLASSES else part for part in kind)


def _class_of(parts: set[str]) -> str | None:
    """Return the narrowest class of all characters in the parts; ``None`` for other ones."""
    joined = "".join(parts)
    return next((name for name, whole in _WHOLE.items() if whole.fullmatch(joined)), None)


def _says_something(parts: list[set[str]]) -> bool:
    """Whether a shape tells such texts from others: not for words of any length."""
    names = [_class_of(part) for part in parts]
    if None in names or "0-9" in names:
        return True
    lengths = {len(text) for part in parts for text in part}
    near = 0 if any("0" not in str(name) for name in names) else _NEAR
    return len(parts) == 1 and max(lengths) - min(lengths) <= near


def _part(texts: set[str], *, is_exact: bool) -> str:
    """Return the expression of one place: letters that never change, as they are."""
    name = _class_of(texts)
    if name is None or (is_exact and len(texts) == 1 and name != "0-9"):
        return _MEANT.sub(r"\\\g<0>", next(iter(texts)))
    lengths = {len(text) for text in texts}
    if len(lengths) == 1:
        length = lengths.pop()
        return f"[{name}]" if length == 1 else f"[{name}]{{{length}}}"
    if is_exact and max(lengths) - min(lengths) <= _NEAR:
        return f"[{name}]{{{min(lengths)},{max(lengths)}}}"
    return f"[{name}]+"
