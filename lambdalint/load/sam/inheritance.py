"""``Globals``: what SAM resources inherit.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
"""

from __future__ import annotations

from lambdalint.load.nodes import given, intrinsic, is_null, text_of
from lambdalint.load.sam.lowering import Lowering
from lambdalint.source.node import Mapping, Node, Scalar, Sequence

#: Sections of Globals and the resource type that inherits each.
SECTIONS = {
    "Function": "AWS::Serverless::Function",
    "Api": "AWS::Serverless::Api",
    "HttpApi": "AWS::Serverless::HttpApi",
    "WebSocketApi": "AWS::Serverless::WebSocketApi",
    "SimpleTable": "AWS::Serverless::SimpleTable",
    "StateMachine": "AWS::Serverless::StateMachine",
    "LayerVersion": "AWS::Serverless::LayerVersion",
    "CapacityProvider": "AWS::Serverless::CapacityProvider",
    "MicrovmImage": "AWS::Serverless::MicrovmImage",
    "NetworkConnector": "AWS::Serverless::NetworkConnector",
}

#: Lists that replace instead of being concatenated, by section.
_REPLACED = frozenset({"Architectures"})


def read_globals(lowering: Lowering, root: Mapping) -> dict[str, Mapping]:
    """The inherited properties by resource type, marked with ``via`` as coming from Globals; the rest becomes gaps."""
    section = given(root.get("Globals"))
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        why = "it is no map from a kind of resource to properties, so nothing is inherited from it; write Function: and"
        lowering.gap("section Globals", f"{why} below it what all functions share", root.key("Globals"))
        return {}
    found = {}
    for name, written in section.items.items():
        kind = SECTIONS.get(name)
        marked = _marked(written, f"Globals.{name}")
        if kind is not None and isinstance(marked, Mapping) and intrinsic(marked) is None:
            found[kind] = marked
        elif kind is None or not is_null(written):
            why = f"it is no kind of resource that inherits; choose one of {', '.join(SECTIONS)}"
            why = why if kind is None else "it is no map of properties, so nothing is inherited from it; write a map"
            lowering.gap(f"Globals.{name}", why, section.key(name))
    return found


def _marked(node: Node, via: str) -> Node:
    """A copy of a tree, every node of which says that it comes from Globals."""
    if isinstance(node, Scalar):
        return Scalar(node.document, node.start, node.end, node.text, node.plain, via)
    if isinstance(node, Sequence):
        return Sequence(node.document, node.start, node.end, [_marked(child, via) for child in node.items], via)
    items = {name: _marked(child, via) for name, child in node.items.items()}
    return Mapping(node.document, node.start, node.end, items, node.keys, via)


def inherit(inherited: Mapping | None, own: Mapping, ignored: Node | None) -> Mapping:
    """The resource's properties over the inherited ones. ``ignored`` is the resource's ``IgnoreGlobals``."""
    if inherited is None or text_of(ignored) == "*":
        return own
    names = {text_of(item) for item in ignored.items} if isinstance(ignored, Sequence) else set()
    if names:
        kept = {name: node for name, node in inherited.items.items() if name not in names}
        inherited = Mapping(inherited.document, inherited.start, inherited.end, kept, inherited.keys, inherited.via)
    return _merge_maps(inherited, own)


def _merge_maps(inherited: Mapping, own: Mapping) -> Mapping:
    items = dict(inherited.items)
    keys = dict(inherited.keys)
    for name, node in own.items.items():
        below = items.get(name)
        items[name] = node if below is None or name in _REPLACED else _merge(below, node)
        if name in own.keys:
            keys[name] = own.keys[name]
    merged = Mapping(own.document, own.start, own.end, items, keys, own.via)
    merged.duplicates = own.duplicates
    return merged


def _merge(inherited: Node, own: Node) -> Node:
    """Maps merge, lists are concatenated with Globals in front, everything else is replaced."""
    if isinstance(inherited, Mapping) and isinstance(own, Mapping):
        if intrinsic(inherited) is not None or intrinsic(own) is not None:
            return own
        return _merge_maps(inherited, own)
    if isinstance(inherited, Sequence) and isinstance(own, Sequence):
        return Sequence(own.document, own.start, own.end, [*inherited.items, *own.items], own.via)
    return inherited if is_null(given(own)) else own
