"""Things and their facts: the vocabulary of the rules.

A *thing* (a function, a queue, a role) is judged by rules; its *facts* are properties marked with ``@fact``. A fact
is computed when a rule first asks for it and then kept: a template with unknown conditions is judged in several
worlds (see ``load.conditions``), and only the facts that a rule touches may depend on a condition.

The annotation of a fact is its type in the rule language, and its docstring is its documentation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints, overload

from lambdalint.load.conditions import Fork
from lambdalint.source.node import Origin
from lambdalint.source.value import Default, Given, Many, Unknown

T = TypeVar("T")
_FORKS = "\0forks"


class fact(Generic[T]):  # noqa: N801 - reads as a decorator, like property
    """A property that rules may read; computed once for each thing."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, thing: None, owner: type) -> fact[T]: ...
    @overload
    def __get__(self, thing: Thing, owner: type) -> T: ...
    def __get__(self, thing: Thing | None, owner: type) -> fact[T] | T:
        if thing is None:
            return self
        own = thing.__dict__
        if _FORKS in own and self.name in own[_FORKS]:
            fork = own[_FORKS][self.name]
            raise Fork(fork.name, fork.choices, fork.condition)
        try:
            # What stands in the thing's own dictionary is found before this is asked again.
            found = own[self.name] = self.compute(thing)
        except Fork as fork:
            # It stays open in this world, whoever asks.
            own.setdefault(_FORKS, {})[self.name] = fork
            raise
        return found


class Thing:
    """Something that rules judge. ``kind`` is its name in ``for:``; subclasses add facts."""

    kind: str = "thing"
    __slots__ = ("__dict__", "origin")
    #: Every kind by class name: things refer to each other, so annotations are resolved once all are imported.
    classes: ClassVar[dict[str, type[Thing]]] = {}

    def __init_subclass__(cls) -> None:
        Thing.classes[cls.__name__] = cls

    def __init__(self, origin: Origin | None) -> None:
        #: Where a finding about the thing as a whole stands (its logical id); None for what no template declares.
        self.origin = origin


def facts_of(thing: type[Thing]) -> dict[str, fact[Any]]:
    """Every fact of a kind of thing, by name."""
    found: dict[str, fact[Any]] = {}
    for owner in reversed(thing.__mro__):
        found.update({name: member for name, member in vars(owner).items() if isinstance(member, fact)})
    return found


def type_of(member: fact[Any]) -> Any:
    """The resolved return annotation of a fact: ``Value[int]``, ``Queue | Unknown | None``, ``Many[Trigger]``."""
    module = sys.modules[member.compute.__module__]
    return get_type_hints(member.compute, {**Thing.classes, **vars(module)}).get("return")


def thing_in(annotation: Any) -> type[Thing] | None:
    """The kind of thing that an annotation speaks of, e.g. Trigger for ``Many[Trigger]``; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, Thing):
        return annotation
    for argument in get_args(annotation):
        found = thing_in(argument)
        if found is not None:
            return found
    return None


def is_many(annotation: Any) -> bool:
    """Whether a fact of this type is a list."""
    if get_origin(annotation) is Many or annotation is Many:
        return True
    return any(is_many(argument) for argument in get_args(annotation))


__all__ = ["Default", "Given", "Many", "Thing", "Unknown", "fact", "facts_of", "is_many", "thing_in", "type_of"]
