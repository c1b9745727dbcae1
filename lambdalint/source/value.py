"""Values that know whether and where somebody wrote them: ``Given | Default | Unknown``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Literal, TypeAlias, TypeVar

from lambdalint.record import record
from lambdalint.source.node import Origin

T = TypeVar("T", covariant=True)


@record
class Given(Generic[T]):
    """Somebody wrote it. ``literal`` is where the literal stands when a parameter or mapping supplied it.

    ``sure`` is False for what was inferred (from a name, from a role's grants): findings that rest on it are
    tentative.
    """

    value: T
    origin: Origin
    literal: Origin | None = None
    sure: bool = True


@record
class Default(Generic[T]):
    """Nobody wrote it; the platform or the framework fills it in.

    ``origin`` is the thing that lacks it (a function's logical id), so that a finding has a place; ``path`` is the
    property of the resource where it would be written, for fixes.
    """

    value: T
    origin: Origin | None = None
    sure: bool = True
    path: tuple[str, ...] = ()


@record
class Outside:
    """What a template leaves to others: what a ``parameter`` or an ``import`` brings, or a ``thing`` that is declared
    elsewhere; ``name`` is how the template calls it."""

    kind: Literal["parameter", "import", "thing"]
    name: str


@record
class Unknown:
    """It cannot be known here; ``why`` is a phrase that fits after "because": "parameter Stage has no value".

    ``outside`` says whose it is, where one thing alone would have to be known.
    """

    why: str
    origin: Origin | None = None
    outside: Outside | None = None


Value: TypeAlias = Given[T] | Default[T] | Unknown


@record
class Many(Generic[T]):
    """A list of things, some of which may be out of sight.

    ``missing`` says why the list may be incomplete (a list built from an unresolvable parameter), else None. A
    quantifier over an incomplete list is decided only by an item that decides it.
    """

    items: tuple[T, ...] = ()
    missing: Unknown | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
