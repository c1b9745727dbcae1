"""Records: frozen, slotted classes of fields, as ``dataclasses`` makes them, but cheap to create.

``dataclasses`` writes and compiles source text for each class, which costs close to a millisecond a class each time
the program starts; a record's methods are closures over the names of its fields. Type checkers treat the two alike.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform, overload

R = TypeVar("R")
_MISSING = object()


class _Factory:
    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """A field whose default is made anew for each record."""
    return _Factory(default_factory)


@overload
def record(cls: type[R], /) -> type[R]: ...
@overload
def record(*, frozen: bool = True, eq: bool = True) -> Callable[[type[R]], type[R]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[R] | None = None, /, *, frozen: bool = True, eq: bool = True) -> Any:
    """Make a class a record of the fields that it annotates itself (those of base classes are not looked for).

    ``frozen``: the fields cannot be set. ``eq``: records with equal fields are equal, and frozen ones are hashed by
    their fields. An ``__init__`` of the class's own is kept.
    """
    if cls is not None:
        return _record(cls, frozen, eq)
    return lambda decorated: _record(decorated, frozen, eq)


def replace(found: R, **changes: object) -> R:
    """The record with other values for some fields."""
    names: tuple[str, ...] = found.__match_args__  # type: ignore[attr-defined]
    return type(found)(**({name: getattr(found, name) for name in names} | changes))


def _record(cls: type[R], frozen: bool, eq: bool) -> type[R]:
    body = dict(vars(cls))
    annotated = body.get("__annotations__", {})
    names = tuple(name for name, kind in annotated.items() if not str(kind).startswith("ClassVar"))
    defaults = {name: body.pop(name) for name in names if name in body}
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    body |= {"__slots__": names, "__match_args__": names, "__qualname__": cls.__qualname__}
    # Slots can only be declared while a class is made, so it is made a second time.
    made: Any = type(cast(Any, cls))(cls.__name__, cls.__bases__, body)
    if "__init__" not in body:
        made.__init__ = _initialiser(made, names, defaults)
    if "__repr__" not in body:
        made.__repr__ = _repr
    if eq and "__eq__" not in body:
        values = attrgetter(*names) if names else _nothing
        made.__eq__ = _equality(values)
        made.__hash__ = _hash(values) if frozen else None
    if frozen:
        made.__setattr__ = made.__delattr__ = _refuse
    return cast("type[R]", made)


def _initialiser(cls: type, names: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., None]:
    places = tuple(vars(cls)[name].__set__ for name in names)
    count = len(names)
    #: How many values are given -> those that follow; not for fields that need a value or make one.
    rest: dict[int, tuple[Any, ...]] = {count: ()}
    for number in range(count - 1, -1, -1):
        default = defaults.get(names[number], _MISSING)
        if default is _MISSING or type(default) is _Factory:
            break
        rest[number] = (default, *rest[number + 1])

    def initialise(self: object, /, *values: Any, **named: Any) -> None:
        missing = None if named else rest.get(len(values))
        if missing is None:
            values = _complete(cls, names, defaults, values, named)
        elif missing:
            values += missing
        for place, value in zip(places, values):  # noqa: B905 - of equal length, and this is where the time goes
            place(self, value)

    initialise.__name__ = "__init__"
    initialise.__qualname__ = f"{cls.__qualname__}.__init__"
    return initialise


def _complete(
    cls: type, names: tuple[str, ...], defaults: dict[str, Any], values: tuple[Any, ...], named: dict[str, Any]
) -> tuple[Any, ...]:
    """The values of all fields, in order.

    Raises:
        TypeError: a field has no value or two, or there is no such field.
    """
    if len(values) > len(names):
        raise TypeError(f"{cls.__qualname__} has {len(names)} fields but got {len(values)} values")
    found = list(values)
    for name in names[len(values) :]:
        value = named.pop(name, _MISSING)
        if value is _MISSING:
            value = defaults.get(name, _MISSING)
            if value is _MISSING:
                raise TypeError(f"{cls.__qualname__} needs a value for {name}")
            if type(value) is _Factory:
                value = value.make()
        found.append(value)
    if named:
        raise TypeError(f"{cls.__qualname__} has no field {next(iter(named))}, or it has a value already")
    return tuple(found)


def _nothing(_: object) -> tuple[()]:
    return ()


def _equality(values: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    def equal(self: Any, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda self: hash(values(self))


def _repr(self: Any) -> str:
    fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({fields})"


def _refuse(self: object, name: str, value: object = None) -> None:
    raise AttributeError(f"{name} of a {type(self).__qualname__} cannot be changed; make a new one with replace")
