"""Parsers, each imported when a file of its language is met first.

Trees are walked with ``children``, not with queries: a query over a text with 100,000 open brackets takes time that
grows with their square, and its progress callback crashes the process (tree-sitter 0.26).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

#: A broken stretch with more parts than this is skipped.
BROKEN_PARTS = 2000


@lru_cache(maxsize=8)
def parser(grammar: str) -> Parser:
    """The parser for ``python``, ``javascript``, ``typescript`` or ``tsx``."""
    from tree_sitter import Language, Parser

    match grammar:
        case "python":
            import tree_sitter_python

            pointer = tree_sitter_python.language()
        case "javascript":
            import tree_sitter_javascript

            pointer = tree_sitter_javascript.language()
        case "tsx":
            import tree_sitter_typescript

            pointer = tree_sitter_typescript.language_tsx()
        case _:
            import tree_sitter_typescript

            pointer = tree_sitter_typescript.language_typescript()
    return Parser(Language(pointer))


def text(node: Node) -> str:
    """The source text of a node."""
    raw = node.text
    return raw.decode("utf-8", "replace") if raw is not None else ""


def broken(node: Node) -> bool:
    """Whether a node is a stretch without structure that is too long to look at."""
    return node.type == "ERROR" and node.child_count > BROKEN_PARTS
