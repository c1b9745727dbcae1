"""Functions that make texts and addresses of values: ``Fn::Base64``, ``Fn::Cidr``, ``Fn::ToJsonString``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.load.resolved import Absent, Reference, Resolved, Supplied, Text
from lambdalint.source.node import Json, Mapping, Node, Scalar, Sequence
from lambdalint.source.value import Given, Unknown

if TYPE_CHECKING:
    from lambdalint.load.intrinsics import Resolver

#: Characters of a text that is still followed.
MAX_TEXT = 100_000
#: Subnets that Fn::Cidr cuts at most.
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
_MAX_SUBNETS = 256
#: Stands for one item of a list of which only the length is known.
ONE_OF_CIDR = "Fn::Cidr[]"


def base64(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    """``Fn::Base64`` of a text that is known."""
    found = resolver.literal(argument)
    if not isinstance(found, Given):
        return found if isinstance(found, Unknown) else Unknown("Fn::Base64 of nothing", use)
    from base64 import b64encode

    encoded = b64encode(found.value.encode("utf-8", "surrogatepass")).decode()
    return Supplied(use, encoded, found.literal, "Fn::Base64")


def cidr(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    """A list whose length is known even where the addresses are not."""
    if not (isinstance(argument, Sequence) and len(argument) >= 2):
        return Unknown("Fn::Cidr needs a block and a number of subnets", use)
    block, count = (resolver.literal(item) for item in argument.items[:2])
    size = resolver.literal(argument.items[2]) if len(argument) > 2 else None
    if not isinstance(count, Given) or not count.value.isdecimal() or not 0 < int(count.value[:4]) <= _MAX_SUBNETS:
        return count if isinstance(count, Unknown) else Unknown("Fn::Cidr needs a number of subnets", use)
    wanted = int(count.value[:4])
    bits = size.value if isinstance(size, Given) else None
    known = _subnets(block.value, wanted, bits) if isinstance(block, Given) else None
    items: list[Node]
    if known is None:
        items = [Mapping(use.document, use.start, use.end, {ONE_OF_CIDR: argument}) for _ in range(wanted)]
    else:
        items = [Supplied(use, text, None, "Fn::Cidr") for text in known]
    return Sequence(use.document, use.start, use.end, items)


def one_of_cidr(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    """A subnet of a block that is not known."""
    return Unknown("what Fn::Cidr cuts is known only at deployment", use)


def _subnets(block: str, count: int, bits: str | None) -> list[str] | None:
    from ipaddress import ip_network
    from itertools import islice

    if bits is None or not bits.isdecimal() or len(bits) > 3:
        return None
    try:
        network = ip_network(block, strict=False)
        found = [str(subnet) for subnet in islice(network.subnets(new_prefix=network.max_prefixlen - int(bits)), count)]
    except ValueError:
        return None
    return found if len(found) == count else None


def to_json_string(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    """``Fn::ToJsonString``; what is open stands in the text as a placeholder."""
    import json

    unknown: list[Unknown] = []
    found = _plain(resolver, argument, unknown)
    value = None if isinstance(found, Absent) else found
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if len(text) > MAX_TEXT:
        return Unknown("the text is too long to be followed", use)
    if unknown:
        return Text(text, use, False, unknown[0])
    return Text(text, use) if "${" in text else Supplied(use, text, None, "Fn::ToJsonString")


def _plain(resolver: Resolver, node: Node, unknown: list[Unknown]) -> Json | Absent:
    """A value as JSON, its functions evaluated, each once; what is open stands in it as a placeholder."""
    from lambdalint.source.scalar import to_json

    found = resolver.resolve(node)
    match found:
        case Scalar():
            return to_json(found)
        case Sequence():
            items = [_plain(resolver, item, unknown) for item in found]
            return [item for item in items if not isinstance(item, Absent)]
        case Mapping():
            entries = {key: _plain(resolver, value, unknown) for key, value in found.items.items()}
            return {key: value for key, value in entries.items() if not isinstance(value, Absent)}
        case Reference():
            return found.text
        case Text():
            if not found.known:
                unknown.append(found.why or Unknown("part of the text is not known", found.origin))
            return found.text
        case Unknown():
            unknown.append(found)
            return "${?}"
        case Absent():
            return found
