"""Configuration files in YAML, read into frozen models; errors name file, line, key and value.

The value is shown because it is configuration. Of a file that turns out to be something else nothing is shown.
"""

import os
import stat
from collections.abc import Hashable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_CONFIG_BYTES = 1_000_000
MAX_SHOWN = 200
"""Characters of a value that a message shows."""

MAX_KEYS = 2_000
"""Keys of one mapping, such as sources: 38,000 of them fit in a megabyte and take PyYAML 5 s."""

Parsed = TypeVar("Parsed", bound=BaseModel)


class ConfigurationError(ValueError):
    """The configuration cannot be used; the message names file, line, key, value seen and values allowed."""


class Frozen(BaseModel):
    """A part of a configuration file: unknown keys are refused, and nothing changes after the load."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


def usable_pattern(pattern: str) -> str:
    """Return a regular expression that transforms can use.

    Raises:
        ValueError: They cannot.
    """
    import polars as pl

    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"not a usable regular expression: {str(error).splitlines()[0]}") from None
    return pattern


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without aliases or repeated keys: both hide what a file says."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise ConfigurationError(f"{mark.name}:{mark.line + 1}: aliases (*name) are not allowed")
        if isinstance(parent, MappingNode) and len(parent.value) == MAX_KEYS:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise ConfigurationError(f"{mark.name}:{mark.line + 1}: more than {MAX_KEYS} keys side by side")
        return super().compose_node(parent, index)

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            # A date such as 2024-02-30 is a bare ValueError, without its place. Which file it is of is not known yet.
            if isinstance(error, ConfigurationError):
                raise
            mark = node.start_mark
            raise ConfigurationError(f"{mark.name}:{mark.line + 1}: the value is no day or number") from None

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                raise ConfigurationError(f"{key_node.start_mark.name}:{line}: a key must be a plain word")
            if key_node.value in seen:
                name = key_node.start_mark.name
                raise ConfigurationError(
                    f"{name}:{line}: the key is given twice (first on line {seen[key_node.value]})"
                )
            seen[key_node.value] = line
        return super().construct_mapping(node, deep)


# YAML 1.1 gives a lone equals sign a type of its own, for which PyYAML has no value. Here it is the operator.
_StrictLoader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def read_bounded(path: Path, at_most: int = MAX_CONFIG_BYTES) -> bytes:
    """Return the bytes of a configuration file.

    Raises:
        ConfigurationError: It is not a regular file, cannot be read, or is larger than ``at_most`` bytes.
    """
    try:
        # Without O_NONBLOCK the opening of a pipe waits for a writer that may never come.
        if path.is_dir():
            raise ConfigurationError(f"{path}: a folder; expected a file")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ConfigurationError(f"{path}: not a regular file; allowed: a file of at most {at_most} bytes")
            # Read rather than asked for its size: files of /proc say 0.
            content = stream.read(at_most + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > at_most:
        raise ConfigurationError(f"{path}: over {at_most} bytes; allowed: at most {at_most}")
    return content


def read_yaml(path: Path, model: type[Parsed], expected: str, context: dict[str, Any] | None = None) -> Parsed:
    """Return a YAML file as a model.

    Args:
        path: The file, which exists.
        model: What the file holds; its parts are ``Frozen`` models.
        expected: The keys that the message of a file without keys asks for, in words.
        context: What the model's validators know besides the file.

    Raises:
        ConfigurationError: The file is too large, not YAML, or has a key or value that is not allowed; one line
            per problem.
    """
    content = read_bounded(path)
    try:
        loader = _StrictLoader(content.decode("utf-8-sig"))
        loader.name = path.name
        node = loader.get_single_node()
        raw = loader.construct_document(node) if node is not None else {}
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path.name}{_place(error)}: not readable as YAML: {_words(error)}") from None
    # Another file in this one's place: nothing of it is shown, because it may hold data of people.
    if not isinstance(raw, dict) or (raw and not set(map(str, raw)) & set(model.model_fields)):
        raise ConfigurationError(f"{path.name}:1: expected {expected}, saw {_kind(raw)}")
    try:
        return model.model_validate(raw, context=context)
    except ValidationError as error:
        problems = "\n".join(_explain(path.name, node, raw, detail, model) for detail in error.errors())
        raise ConfigurationError(problems) from None


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f":{mark.line + 1}"


def _words(error: Exception) -> str:
    """Return what a parser expected; of other errors, which quote the file, only the type."""
    said = isinstance(error, yaml.parser.ParserError | yaml.scanner.ScannerError)
    return str(error.problem) if said else type(error).__name__  # type: ignore[attr-defined]


def _kind(raw: object) -> str:
    return "other keys" if isinstance(raw, dict) else type(raw).__name__


def _explain(file: str, node: Node | None, raw: dict[str, Any], detail: ErrorDetails, model: type[BaseModel]) -> str:
    """Return one line about one problem: file, line, key, value seen, values allowed."""
    location = [str(part) for part in detail["loc"]]
    line, value = _find(node, raw, location)
    key = ".".join(location) or "(whole file)"
    if location[-1:] == ["[key]"]:
        return f"{file}:{line}: key {'.'.join(location[:-1])!r} is not a usable name: {detail['msg']}."
    if detail["type"] == "extra_forbidden":
        allowed = _allowed_keys(model, location)
        close = get_close_matches(location[-1], allowed, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f"{file}:{line}: unknown key {key!r}{hint} Allowed here: {', '.join(allowed)}."
    if detail["type"] == "missing":
        return f"{file}:{line}: key {key!r} is missing."
    return f"{file}:{line}: key {key!r} has {_shown(value, model)}: {detail['msg']}."


def _shown(value: object, model: type[BaseModel]) -> str:
    """Return a value in words; of a list or mapping in a plan or traits the kind: an export may have such a key."""
    if isinstance(value, list | dict) and "version" in model.model_fields:
        return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value)}"
    text = repr(value)
    return f"the value {text if len(text) <= MAX_SHOWN else f'{text[:MAX_SHOWN]}...'}"


def _find(node: Node | None, raw: Any, location: list[str]) -> tuple[int, Any]:
    """Return the line and the value of a key; the nearest line above where the key itself is absent."""
    line, value = 1, raw
    for part in location:
        if isinstance(node, MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
            value = value.get(part) if isinstance(value, dict) else value
        elif isinstance(node, SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node, value = node.value[int(part)], value[int(part)]
            line = node.start_mark.line + 1
    return line, value


def _allowed_keys(model: type[BaseModel], location: list[str]) -> list[str]:
    """Return the keys that may stand beside the last part of ``location``."""
    here: Any = model
    for part in location[:-1]:
        if isinstance(here, type) and issubclass(here, BaseModel):
            model = here
            here = here.model_fields[part].annotation if part in here.model_fields else None
        else:
            here = _entry_of(here)
    model = here if isinstance(here, type) and issubclass(here, BaseModel) else model
    return sorted(model.model_fields)


def _entry_of(annotation: Any) -> Any:
    """Return the type of the entries of ``dict[str, X]``, ``tuple[X, ...]`` or ``list[X]``: X."""
    return next((part for part in reversed(get_args(annotation)) if part not in (..., type(None))), None)
