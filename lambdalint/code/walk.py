"""Walking a syntax tree of any language: what stands around each node, and who looks at which.

Trees are walked with a stack of their own, as a stranger's source may nest without end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from lambdalint.code import grammar

if TYPE_CHECKING:
    from tree_sitter import Node

    from lambdalint.code.module import Module


class Around(NamedTuple):
    """What stands around a node. ``label`` is the name that a function in here goes by, and where its unit starts."""

    scope: tuple[int, int]
    function: str | None = None
    owner: str | None = None
    owner_span: tuple[int, int] | None = None
    top: bool = True
    guard: int = 0
    label: tuple[str, int] | None = None


#: What a visit gives: the nodes to go on with, or None for all children.
Visit: TypeAlias = "list[tuple[Node, Around]] | None"


def walk(root: Node, module: Module, visit: Callable[[Node, Around], Visit]) -> list[tuple[int, int]]:
    """Visit every node in the order of the text; gives where the comments stand.

    Broken stretches are left out, and the module's ``error_line`` says so. A visit decides about comments that it is
    given; those beside the nodes that it goes on with are found here.
    """
    comments: list[tuple[int, int]] = []
    broken = root.has_error
    stack: list[tuple[Node, Around]] = [(root, Around((0, root.end_byte + 1)))]
    while stack:
        node, around = stack.pop()
        if broken and (node.is_error or node.is_missing):
            line = node.start_point.row + 1
            module.error_line = min(line, module.error_line or line)
            if grammar.broken(node):
                continue
        if node.type == "comment":
            comments.append((node.start_byte, node.end_byte))
            continue
        inside = visit(node, around)
        if inside is None:
            stack.extend([(child, around) for child in reversed(node.named_children)])
        else:
            stack.extend(reversed(inside))
            comments += [(child.start_byte, child.end_byte) for child in node.named_children if child.type == "comment"]
    return comments
