"""One document to one stack, whatever its dialect."""

from __future__ import annotations

from lambdalint.load.asset import find_archives, find_assets
from lambdalint.load.cloudformation import read_head, read_stack
from lambdalint.load.detect import detect
from lambdalint.load.expand import Expansion, Surroundings, needs_expansion
from lambdalint.load.intrinsics import Resolver
from lambdalint.load.stack import Links, Stack
from lambdalint.record import field, record
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Document, Mapping
from lambdalint.source.read import parse


@record
class Values:
    """What is known from outside of a template's parameters and region; ``open`` names parameters that another stack
    sets to something that is not known, with the reason."""

    parameters: dict[str, str] = field(default_factory=dict)
    region: str | None = None
    open: dict[str, str] = field(default_factory=dict)


def load_template(document: Document, values: Values, around: Surroundings | None = None) -> Stack | Gap | None:
    """The stack of a document; None for what is no template, a gap for a dialect that is not read.

    A document that was parsed before is not parsed again.
    Raises:
        SourceError: the text is malformed.
    """
    root = document.root if document.root is not None else parse(document)
    dialect = detect(root)
    if not isinstance(root, Mapping) or dialect is None:
        return None
    around = around or Surroundings()
    if dialect == "serverless":
        return _serverless(document, root, values, around)
    links = Links(open_parameters=values.open)
    expansion: Expansion | None = None
    if needs_expansion(document.text):
        head = read_head(document, root)
        head.links = links
        expansion = Expansion(document, Resolver(head, values.parameters, values.region), around)
        root = expansion.template(root)
    if dialect == "sam":
        from lambdalint.load.sam import lower

        stack = lower(document, root, values.parameters, values.open)
    else:
        stack = read_stack(document, root)
    stack.links = links
    if expansion is not None:
        stack.gaps += expansion.gaps
        stack.sources += expansion.sources
    find_assets(stack, document, around)
    find_archives(stack, document, around, values.parameters.get("Stage"))
    return stack


def _serverless(document: Document, root: Mapping, values: Values, around: Surroundings) -> Stack:
    from lambdalint.load.serverless import lower

    given = values.parameters
    stack = lower(document, root, around.folder, around.base, given.get("Stage"), values.region, given)
    stack.links = Links(open_parameters=values.open)
    return stack


__all__ = ["SourceError", "Values", "load_template"]
