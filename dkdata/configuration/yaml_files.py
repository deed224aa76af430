"""YAML in which every value is text: what it means, the field decides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from dkdata.configuration.plain import Plain
from dkdata.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

_QUOTED: Final = re.compile(r"'(?!<)[^']{2,}'")
_SPECIAL: Final = " Text that begins with one of * & ! % @ ` [ { stands in quotes."


class _TextLoader(yaml.SafeLoader):
    """Plain values stay the text that they are, but for null; a key twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - of the base class
        if isinstance(node, yaml.MappingNode):
            seen: set[object] = set()
            for key, _ in node.value:
                if key.value in seen if isinstance(key, yaml.ScalarNode) else False:
                    problem = f"the key {key.value!r} is there a second time"
                    raise _RepeatedKeyError(problem, key.start_mark)
                seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return super().construct_mapping(node, deep=deep)


class _RepeatedKeyError(yaml.MarkedYAMLError):
    """A mapping has a key twice."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


def _text_of(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    text = loader.construct_scalar(node)
    return Plain(text) if node.style is None else text


_KEPT: Final = ("null", "map", "seq")
_TextLoader.yaml_constructors = {
    tag: make
    for tag, make in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.endswith(tuple(f":{kept}" for kept in _KEPT))
}
_TextLoader.add_constructor("tag:yaml.org,2002:str", _text_of)
_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path, shown: str, first: str = "stores") -> dict[str, Any]:
    """Return the mapping in a file; nothing in it is an empty one.

    Parameters
    ----------
    shown
        What messages call the file.
    first
        A key that such a file has.

    Raises
    ------
    ConfigError
        The file cannot be read, or does not hold a mapping in YAML. No value of it is shown.
    """
    text = _text(path, shown)
    found = _parsed(text)
    if isinstance(found, _Fault):
        place = shown if found.line is None else f"{shown}, line {found.line}"
        raise ConfigError.at(place, found.problem)
    if found is None:
        return {}
    if not isinstance(found, dict):
        kind = "a list" if isinstance(found, list) else "a single value"
        problem = f"it holds {kind}. Write '{first}:', and in it a name for each."
        raise ConfigError.at(shown, problem)
    return found


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        place = f"{shown}, line {line}"
    except IsADirectoryError:
        raise ConfigError.at(shown, "it is a folder. Give the path of a file.") from None
    except OSError as error:
        raise ConfigError.at(shown, f"it cannot be read: {error.strerror}.") from error
    raise ConfigError.at(place, "it is not UTF-8. Save it in that encoding.")


class _Fault:
    """What is wrong with a file, without what stands there."""

    def __init__(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        self.line = None if mark is None else mark.line + 1
        said = str(getattr(error, "problem", None) or "it holds a character that YAML forbids")
        if isinstance(error, _RepeatedKeyError):
            self.problem = f"{said}. Leave one of them out."
        elif "'\\t'" in said:
            self.problem = "there is a tab. YAML indents by spaces."
        else:
            self.problem = f"it is not YAML: {_QUOTED.sub('this', said)}.{_SPECIAL}"


def _parsed(text: str) -> Any:  # noqa: ANN401 - what YAML holds, or what is wrong with it
    """Return what a text holds or a fault; the error of the parser, which shows it, ends here."""
    try:
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        return _Fault(error)
