"""Converts JSON to dataclasses."""

import collections.abc
import dataclasses
import functools
from typing import Any, Dict, Literal, Type, TypeVar, Union, cast
from typing import get_args, get_origin, get_type_hints

T = TypeVar("T")


def decode(kind: Type[T], value: Any) -> T:
    """Reads the fields of a dataclass. Ignores unknown keys: a newer version
    may write more. An absent or null key gives None if the field is optional,
    else KeyError. A wrong type gives TypeError."""
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, found {type(value).__name__}")
    fields: Dict[str, Any] = {}
    for name, hint in _hints(cast(Any, kind)).items():
        if value.get(name) is not None:
            fields[name] = _convert(hint, value[name])
        elif is_optional(hint):
            fields[name] = None
        else:
            raise KeyError(name)
    return kind(**fields)


@functools.lru_cache(maxsize=None)
def _hints(kind: Any) -> Dict[str, Any]:
    return get_type_hints(kind)


def is_optional(hint: Any) -> bool:
    return get_origin(hint) is Union and type(None) in get_args(hint)


def without_none(hint: Any) -> Any:
    if not is_optional(hint):
        return hint
    (only,) = [arg for arg in get_args(hint) if arg is not type(None)]
    return only


def _convert(hint: Any, value: Any) -> Any:
    hint = without_none(hint)
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return decode(cast(Type[Any], hint), value)
    if origin is tuple:
        return tuple(_convert(get_args(hint)[0], each) for each in value)
    if origin in (dict, collections.abc.Mapping):
        item = get_args(hint)[1]
        return {key: _convert(item, each) for key, each in value.items()}
    if hint is float and isinstance(value, int):
        return float(value)
    if origin is Literal or isinstance(value, hint):
        return value
    raise TypeError(f"expected {hint.__name__}, found {value!r}")
