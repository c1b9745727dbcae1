"""Places of findings: spans with the JSON pointer of the value that stands there."""

from __future__ import annotations

from lambdalint.check.finding import Place
from lambdalint.load.stack import Stack
from lambdalint.source.node import Origin, Scalar
from lambdalint.source.pointer import pointer_of


class Places:
    """Makes places of one stack; a pointer is looked up once for each origin."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._pointers: dict[tuple[int, int, int], str] = {}
        self._keys: dict[int, list[Scalar]] = {}

    def place(self, origin: Origin | None, label: bool = False) -> Place | None:
        """The place of an origin; with a label ("VisibilityTimeout of Jobs") when it is not the main one."""
        if origin is None:
            return None
        key = (id(origin.document), origin.start, origin.end)
        pointer = self._pointers.get(key)
        if pointer is None:
            root = origin.document.root
            pointer = self._pointers[key] = pointer_of(root, origin, self._keys) if root is not None else ""
        return Place(origin.at(), pointer, _label(pointer) if label else None)


def _label(pointer: str) -> str | None:
    """ "/Resources/Jobs/Properties/VisibilityTimeout" -> "VisibilityTimeout of Jobs"."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if len(steps) < 2 or steps[0] != "Resources":
        return steps[-1] if steps else None
    names = [
        step for step in steps[2:] if not step.isdigit() and step not in {"Properties"} and not step.startswith("Fn::")
    ]
    return f"{names[-1]} of {steps[1]}" if names else steps[1]
