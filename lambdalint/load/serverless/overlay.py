"""The template that was packaged, in the place of what the lowering leaves open.

It is what would be deployed, but it knows no lines: so every value that the lowering has as well keeps its place, and
the others stand where what they fill, or the function that they belong to, is written.
"""

from __future__ import annotations

import posixpath

from lambdalint.load.asset import uploaded
from lambdalint.load.cloudformation import read_stack
from lambdalint.load.serverless.service import Service
from lambdalint.load.serverless.unknown import COMPOSED, is_unknown
from lambdalint.load.serverless_program import FOLDER
from lambdalint.load.stack import Resource, Stack
from lambdalint.record import replace
from lambdalint.source.gap import Remark, SourceError
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.read import document_of, parse

STACK = "AWS::CloudFormation::Stack"
VIA = "the packaged template"
#: The framework ends logical ids of what may never change with a hash of at least this length.
_HASH = 13
#: Addresses in a bucket there; paths in the repository here, so that the code can be read.
_CODE = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}


def fill(service: Service, path: str) -> None:
    """Let a packaged template, whose path starts at the service, say what is open in a stack; every gap that it closes
    becomes a remark. A stack in which nothing is open stays as it is."""
    stack = service.stack
    if not (stack.gaps or stack.unseen or _is_open(stack)):
        return
    place = service.root.key("service")
    packaged = _read(service, path)
    if isinstance(packaged, str):
        stack.remarks.append(Remark(f"{path} {packaged}, so it was not looked at", place))
        return
    packaged = _Overlay(service, packaged).onto(stack)
    stack.resources = packaged.resources
    stack.parameters, stack.mappings = packaged.parameters, packaged.mappings
    stack.conditions, stack.outputs = packaged.conditions, packaged.outputs
    stack.remarks += [
        Remark(f"{gap.what}: judged as it was packaged, in {path}", gap.origin or place) for gap in stack.gaps
    ]
    if not stack.gaps:
        stack.remarks.append(Remark(f"what only a deployment knows is judged as it was packaged, in {path}", place))
    stack.gaps = []
    stack.unseen = {}


def _read(service: Service, path: str) -> Stack | str:
    """The packaged template, or why it does not stand for the service."""
    data = service.folder.read(posixpath.join(service.base, path))
    try:
        document = document_of(data or b"", path)
        root = parse(document)
    except SourceError as error:
        return f"is malformed in line {error.line}"
    if not isinstance(root, Mapping):
        return "is no template"
    packaged = read_stack(document, root, "serverless")
    for function in service.functions.values():
        if function.logical_id not in packaged.resources:
            return f"has no function {function.name}"
    known = service.stack.resources
    if any(resource.type == STACK and name not in known for name, resource in packaged.resources.items()):
        return "is only a part of what is deployed, as it nests others"
    return packaged


def _is_open(stack: Stack) -> bool:
    """Whether a value of some resource is not known."""
    pending: list[Node] = [resource.properties for resource in stack.resources.values()]
    while pending:
        node = pending.pop()
        if is_unknown(node):
            return True
        if not isinstance(node, Scalar):
            pending.extend(node.items.values() if isinstance(node, Mapping) else node.items)
    return False


class _Overlay:
    """Puts the values of a packaged template at the places of what was lowered."""

    def __init__(self, service: Service, packaged: Stack) -> None:
        self.service = service
        self.packaged = packaged
        #: Logical ids that end in a hash, and what they are called here.
        self.names = _names(service.stack, packaged)

    def onto(self, stack: Stack) -> Stack:
        """The packaged stack with the places of the lowered one."""
        packaged = self.packaged
        made = Stack(stack.document, stack.dialect)
        for logical_id, resource in packaged.resources.items():
            name = self.names.get(logical_id, logical_id)
            made.resources[name] = self._resource(name, resource, stack.resources.get(name))
        place = self.service.root.key("resources")
        parameters = {
            name: self.over(stack.parameters.get(name), node, place) for name, node in packaged.parameters.items()
        }
        made.parameters = {name: node for name, node in parameters.items() if isinstance(node, Mapping)}
        made.conditions = {
            name: self.over(stack.conditions.get(name), node, place) for name, node in packaged.conditions.items()
        }
        made.mappings = self._map(stack.mappings, packaged.mappings, place)
        made.outputs = self._map(stack.outputs, packaged.outputs, place)
        return made

    def _map(self, written: Mapping | None, found: Mapping | None, place: Origin) -> Mapping | None:
        over = self.over(written, found, place) if found is not None else None
        return over if isinstance(over, Mapping) else None

    def _resource(self, name: str, packaged: Resource, written: Resource | None) -> Resource:
        if written is None:
            place, owner = self._owner(name)
            properties = self.over(None, packaged.properties, place)
            made = replace(packaged, logical_id=name, origin=place, via=VIA, owner=owner)
            address = uploaded(packaged)
            if address is not None:
                made.archive = posixpath.join(FOLDER, posixpath.basename(address))
            attributes: dict[str, Node] = {}
        else:
            properties = self.over(written.properties, packaged.properties, written.origin)
            place, attributes, made = written.origin, written.attributes, written
            code = _CODE.get(written.type, "")
            local = written.properties.get(code)
            if isinstance(properties, Mapping) and local is not None:
                properties.items[code] = local
        condition = None if packaged.condition is None else self.over(made.condition, packaged.condition, place)
        if not isinstance(properties, Mapping):
            properties = Mapping(place.document, place.start, place.end)
        return replace(
            made,
            type=packaged.type,
            properties=properties,
            condition=condition if isinstance(condition, Scalar) else None,
            attributes={key: self.over(attributes.get(key), node, place) for key, node in packaged.attributes.items()},
        )

    def _owner(self, name: str) -> tuple[Origin, str | None]:
        """The function that a resource belongs to by its logical id; the service where there is none."""
        functions = sorted(self.service.functions.values(), key=lambda function: -len(function.prefix))
        for function in functions:
            rest = name.removeprefix(function.prefix)
            if rest != name and not rest[:1].islower():
                return function.origin, function.logical_id
        return self.service.root.key("service"), None

    def over(self, written: Node | None, found: Node, place: Origin) -> Node:
        """A packaged value, with the places of the written one as far as the two agree."""
        if written is None or is_unknown(written) or getattr(written, "via", None) == COMPOSED:
            return self._at(found, written or place)
        match written, found:
            case Mapping(), Mapping():
                items = {key: self.over(written.get(key), node, written) for key, node in found.items.items()}
                keys = {key: at for key, at in written.keys.items() if key in items}
                return Mapping(written.document, written.start, written.end, items, keys, written.via)
            case Sequence(), Sequence():
                own = [*written.items[: len(found)], *[None] * (len(found) - len(written))]
                listed = [self.over(one, node, written) for one, node in zip(own, found.items, strict=True)]
                return Sequence(written.document, written.start, written.end, listed, written.via)
            case Scalar(), Scalar() if written.text == self._text(found):
                return written
        return self._at(found, written)

    def _at(self, found: Node, place: Origin) -> Node:
        """A packaged value, all of it standing at one place."""
        document, start, end = place.document, place.start, place.end
        if isinstance(found, Mapping):
            items = {key: self._at(node, place) for key, node in found.items.items()}
            return Mapping(document, start, end, items, via=VIA)
        if isinstance(found, Sequence):
            return Sequence(document, start, end, [self._at(node, place) for node in found.items], VIA)
        return Scalar(document, start, end, self._text(found), found.plain, VIA)

    def _text(self, found: Scalar) -> str:
        text = found.text
        if not self.names or text in self.names:
            return self.names.get(text, text)
        if "${" in text:
            for name, own in self.names.items():
                text = text.replace(f"${{{name}", f"${{{own}")
        return text


def _names(stack: Stack, packaged: Stack) -> dict[str, str]:
    """Logical ids of a packaged template that end in a hash, and what they are called in the lowered stack."""
    found: dict[str, str] = {}
    for logical_id, resource in packaged.resources.items():
        if logical_id in stack.resources:
            continue
        own = logical_id
        while len(own) > 1 and own not in stack.resources:
            own = own[:-1]
        lowered = stack.resources.get(own)
        rest = logical_id[len(own) :]
        if lowered is not None and lowered.type == resource.type and len(rest) >= _HASH and rest.isalnum():
            found[logical_id] = own
    return found
