"""The intrinsic functions: what each one gives.

Each takes the resolver, the call and its argument. What cannot be known is Unknown with its reason; a call of the
wrong shape is too.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from lambdalint.load.encode import MAX_TEXT, ONE_OF_CIDR, base64, cidr, one_of_cidr, to_json_string
from lambdalint.load.lookup import find_in_map
from lambdalint.load.resolved import Absent, Reference, Resolved, Supplied, Text
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.value import Given, Outside, Unknown

if TYPE_CHECKING:
    from lambdalint.load.intrinsics import Resolver

_PLACEHOLDER = re.compile(r"\$\{([^!][^}]*)\}")
#: Attributes of a nested stack that are its outputs.
_OUTPUTS = "Outputs."


def named(resolver: Resolver, name: str, use: Origin) -> Resolved:
    """What ``Ref`` gives for a name."""
    if name in resolver.stack.resources:
        return Reference(name, None, use)
    return resolver.parameter(name, use)


def attribute_of(resolver: Resolver, name: str, attribute: str, use: Origin) -> Resolved:
    """What ``Fn::GetAtt`` gives; an output of a nested stack whose template is at hand may be known."""
    if name not in resolver.stack.resources:
        return Unknown(f"{name} is declared nowhere in this template", use)
    find = resolver.stack.links.output
    if find is not None and attribute.startswith(_OUTPUTS):
        output = attribute.removeprefix(_OUTPUTS)
        text = find(name, output)
        if text is not None:
            return Supplied(use, text, None, f"output {output} of nested stack {name}")
    return Reference(name, attribute, use)


def _ref(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    name = _name(resolver, argument)
    return named(resolver, name, use) if name is not None else Unknown("Ref needs a name", use)


def _get_att(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if isinstance(argument, Scalar):
        name, _, attribute = argument.text.partition(".")
        return attribute_of(resolver, name, attribute, use)
    if not isinstance(argument, Sequence) or len(argument) != 2:
        return Unknown("Fn::GetAtt needs a resource and an attribute", use)
    first, second = (_name(resolver, item) for item in argument.items)
    if first is None:
        return Unknown("Fn::GetAtt needs a resource and an attribute", use)
    if second is None:
        return Unknown(f"the attribute of {first} is not known", use)
    return attribute_of(resolver, first, second, use)


def _name(resolver: Resolver, node: Node) -> str | None:
    """A name as written, or as a function gives it (which AWS::LanguageExtensions allows)."""
    if isinstance(node, Scalar):
        return node.text
    found = resolver.literal(node)
    return found.value if isinstance(found, Given) else None


def _sub(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    template: Node = argument
    own: Mapping | None = None
    if isinstance(argument, Sequence) and argument.items:
        template = argument.items[0]
        second = argument.items[1] if len(argument) > 1 else None
        own = second if isinstance(second, Mapping) else None
    if not isinstance(template, Scalar):
        return Unknown("Fn::Sub needs a text", use)

    def part(match: re.Match[str]) -> Resolved:
        name = match[1].strip()
        if own is not None and name in own:
            return resolver.resolve(own.get(name))
        if "." in name:
            owner, _, attribute = name.partition(".")
            return attribute_of(resolver, owner, attribute, use)
        return named(resolver, name, use)

    parts: list[Resolved | str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template.text):
        parts += [template.text[end : match.start()].replace("${!", "${"), part(match)]
        end = match.end()
    parts.append(template.text[end:].replace("${!", "${"))
    if end == 0:
        return Scalar(use.document, use.start, use.end, str(parts[0]), False, use.via)
    return concatenate(parts, use)


def concatenate(parts: list[Resolved | str], use: Origin, via: str = "Fn::Sub") -> Resolved:
    """One text of several; what is open in it stands as a placeholder."""
    pieces: list[str] = []
    why: Unknown | None = None
    open_parts = False
    literal: Origin | None = None
    length = 0
    for part in parts:
        length += len(part) if isinstance(part, str) else len(part.text) if isinstance(part, (Scalar, Text)) else 0
        if length > MAX_TEXT:  # told before it is built: a long default may be used a thousand times
            return Unknown("the text is too long to be followed", use)
        match part:
            case str():
                pieces.append(part)
            case Scalar():
                pieces.append(part.text)
                literal = literal or (part.literal if isinstance(part, Supplied) else None)
            case Reference():
                pieces.append(part.text)
                open_parts = True
            case Text():
                pieces.append(part.text)
                open_parts = True
                why = why or (None if part.known else part.why)
            case Unknown():
                pieces.append("${?}")
                why = why or part
            case Absent():
                continue
            case _:
                return Unknown("a text was expected here", use)
    text = "".join(pieces)
    if why is not None:
        return Text(text, use, False, why)
    if open_parts:
        meaningful = [part for part in parts if part != ""]
        if len(meaningful) == 1 and isinstance(meaningful[0], Reference):
            return Reference(meaningful[0].logical_id, meaningful[0].attribute, use)
        return Text(text, use)
    return Supplied(use, text, literal, via)


def _join(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 2 and isinstance(argument.items[0], Scalar)):
        return Unknown("Fn::Join needs a delimiter and a list", use)
    items = resolver.items(argument.items[1])
    if isinstance(items, Unknown):
        return items
    parts: list[Resolved | str] = []
    for item in [] if isinstance(items, Absent) else items:
        found = resolver.resolve(item)
        for value in found.items if isinstance(found, Sequence) else [found]:
            inner = resolver.resolve(value) if isinstance(value, Mapping) else value
            if isinstance(inner, Absent):
                continue
            if parts:
                parts.append(argument.items[0].text)
            parts.append(inner)
    return concatenate(parts, use, "Fn::Join")


def _split(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 2 and isinstance(argument.items[0], Scalar)):
        return Unknown("Fn::Split needs a delimiter and a text", use)
    found = resolver.literal(argument.items[1])
    if not isinstance(found, Given):
        return found if isinstance(found, Unknown) else Unknown("Fn::Split of nothing", use)
    delimiter = argument.items[0].text
    pieces = found.value.split(delimiter) if delimiter else [found.value]
    items: list[Node] = [Supplied(use, piece, found.literal, "Fn::Split") for piece in pieces]
    return Sequence(use.document, use.start, use.end, items)


def _select(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 2):
        return Unknown("Fn::Select needs an index and a list", use)
    index = resolver.literal(argument.items[0])
    items = resolver.items(argument.items[1])
    if isinstance(items, Unknown):
        return items
    if not isinstance(index, Given) or not index.value.isdecimal() or isinstance(items, Absent):
        return Unknown("Fn::Select needs a known index", use)
    position = int(index.value) if len(index.value) < 6 else len(items)
    return resolver.resolve(items[position]) if position < len(items) else Unknown("Fn::Select is out of range", use)


def _if(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 3 and isinstance(argument.items[0], Scalar)):
        return Unknown("Fn::If needs a condition and two values", use)
    return resolver.resolve(argument.items[1 if resolver.condition(argument.items[0].text) else 2])


def _import_value(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    name = resolver.text(argument)
    if not isinstance(name, Given):
        return Unknown("the import is set by another stack", use)
    find = resolver.stack.links.exported
    text = find(name.value) if find is not None else None
    if text is not None:
        return Supplied(use, text, None, f"export {name.value}")
    return Unknown(f"the import {name.value} is set by another stack", use, Outside("import", name.value))


def _get_stack_output(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    return Unknown("Fn::GetStackOutput is read from another stack at deployment", use)


def _length(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    items = resolver.items(argument)
    if isinstance(items, list):
        return Supplied(use, str(len(items)), None, "Fn::Length", plain=True)
    return items if isinstance(items, Unknown) else Unknown("Fn::Length of nothing", use)


def _get_azs(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    return Unknown("Fn::GetAZs depends on the account and the region", use)


def _transform(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    name = argument.get("Name") if isinstance(argument, Mapping) else None
    shown = name.text if isinstance(name, Scalar) else "a macro"
    return Unknown(f"what {shown} puts here is known only at deployment", use)


def _not_looked_at(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    return Unknown(argument.text if isinstance(argument, Scalar) else "it was not looked at", use)


def _redacted(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    return Unknown("values of environment variables are not kept", use)


def _serverless_variable(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    """A variable of the Serverless Framework that has no value here: [what was written, why]."""
    parts = [item.text for item in argument.items if isinstance(item, Scalar)] if isinstance(argument, Sequence) else []
    return Unknown(" ".join(parts) or "a variable has no value", use)


FUNCTIONS: dict[str, Callable[[Resolver, Mapping, Node], Resolved]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::Length": _length,
    "Fn::Base64": base64,
    "Fn::Cidr": cidr,
    ONE_OF_CIDR: one_of_cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::Transform": _transform,
    "Fn::ToJsonString": to_json_string,
    # What the loader of live accounts writes where it could not look, or must not keep what it saw.
    "Fn::NotLookedAt": _not_looked_at,
    "Fn::Redacted": _redacted,
    # What the loader of the Serverless Framework writes where a variable has no value.
    "Fn::ServerlessVariable": _serverless_variable,
}
