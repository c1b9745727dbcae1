"""``resources``: CloudFormation that a person wrote, merged over what the framework makes.

https://www.serverless.com/framework/docs/providers/aws/guide/resources
"""

from __future__ import annotations

from lambdalint.load.cloudformation import read_stack
from lambdalint.load.nodes import is_null
from lambdalint.load.serverless.service import Service, listed
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.load.stack import Resource, Stack
from lambdalint.source.node import Document, Mapping, Node, Scalar, Sequence

_REPLACED = frozenset({"CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy"})


#: What rules miss where it is not there, and what may stand in resources that are not known.
_MAY_BE_THERE = (
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
    "policy",
)


def _lose(service: Service, what: str, node: Node, why: str) -> None:
    """Note resources that are not known: what is not among the others may be there."""
    service.lost(what, node, why)
    for kind in _MAY_BE_THERE:
        service.stack.unseen.setdefault((kind, None), "some resources of the service are not known")


def merged(below: Node | None, above: Node) -> Node:
    """Maps merge, lists merge item by item, everything else is replaced."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        items = dict(below.items)
        for key, value in above.items.items():
            items[key] = merged(items.get(key), value)
        made = Mapping(above.document, above.start, above.end, items, {**below.keys, **above.keys}, above.via)
        made.duplicates = above.duplicates
        return made
    if isinstance(below, Sequence) and isinstance(above, Sequence):
        items_made = [merged(one, other) for one, other in zip(below.items, above.items, strict=False)]
        rest = below.items[len(above) :] or above.items[len(below) :]
        return Sequence(above.document, above.start, above.end, items_made + rest, above.via)
    return above


def written_template(service: Service) -> Mapping | None:
    """The template that ``resources`` makes, its variables resolved."""
    template: Node | None = None
    for part in listed(service.top("resources")):
        if is_null(part):
            continue
        if is_unknown(part) or not isinstance(part, Mapping):
            _lose(service, "resources", part, "a part of them is not known here, so it is not looked at")
            continue
        template = merged(template, part)
    return template if isinstance(template, Mapping) else None


def merge_resources(service: Service, document: Document) -> None:
    """Put what was made and what a person wrote into the stack."""
    stack = service.stack
    template = written_template(service)
    own = Stack(document, "serverless")
    if template is not None:
        resources = template.get("Resources")
        if is_unknown(resources):
            _lose(service, "resources", resources or template, "they are not known here, so they are not looked at")
            template = _without(template, "Resources")
        elif isinstance(resources, Mapping):
            template = _with(template, "Resources", _readable(service, resources))
        own = read_stack(document, template, "serverless")
    stack.parameters, stack.mappings, stack.conditions = own.parameters, own.mappings, own.conditions
    stack.outputs = own.outputs
    stack.gaps += own.gaps
    for logical_id, made in service.made.items():
        written = own.resources.pop(logical_id, None)
        stack.resources[logical_id] = made if written is None else _over(made, written)
    stack.resources.update(own.resources)
    extensions = template.get("extensions") if template is not None else None
    if isinstance(extensions, Mapping):
        _extend(service, extensions)


def _readable(service: Service, resources: Mapping) -> Mapping:
    """The resources without those that only extend what the framework makes, and so have no type of their own."""
    items: dict[str, Node] = {}
    for logical_id, written in resources.items.items():
        if is_unknown(written):
            why = "it is not known here, so it is not looked at"
            _lose(service, f"resource {logical_id}", written, why)
            continue
        if is_null(written):
            continue
        made = service.made.get(logical_id)
        items[logical_id] = written
        if made is not None and isinstance(written, Mapping) and "Type" not in written:
            place = resources.key(logical_id)
            kind = Scalar(place.document, place.start, place.end, made.type)
            items[logical_id] = _with(written, "Type", kind)
    return Mapping(resources.document, resources.start, resources.end, items, resources.keys, resources.via)


def _with(mapping: Mapping, key: str, value: Node) -> Mapping:
    items = {**mapping.items, key: value}
    made = Mapping(mapping.document, mapping.start, mapping.end, items, mapping.keys, mapping.via)
    made.duplicates = mapping.duplicates
    return made


def _without(mapping: Mapping, key: str) -> Mapping:
    items = {name: value for name, value in mapping.items.items() if name != key}
    return Mapping(mapping.document, mapping.start, mapping.end, items, mapping.keys, mapping.via)


def _over(made: Resource, written: Resource) -> Resource:
    """What the framework makes, with what a person wrote for the same logical id on top."""
    properties = merged(made.properties, written.properties)
    attributes = dict(made.attributes)
    for name, value in written.attributes.items():
        attributes[name] = merged(attributes.get(name), value)
    if isinstance(properties, Mapping):
        properties.via = made.properties.via
    if isinstance(properties, Mapping) and made.via is None:
        # A function: findings about it belong to where it is declared.
        properties.start, properties.end, properties.document = (
            made.properties.start,
            made.properties.end,
            made.properties.document,
        )
    return Resource(
        made.logical_id,
        written.type,
        properties if isinstance(properties, Mapping) else made.properties,
        made.origin,
        written.condition or made.condition,
        made.via,
        made.owner,
        attributes,
        judged=made.judged,
        title=made.title,
    )


def _extend(service: Service, extensions: Mapping) -> None:
    """``extensions``: properties that replace those of a resource that the framework makes."""
    for logical_id, written in extensions.items.items():
        target = service.stack.resources.get(logical_id)
        if target is None:
            why = "there is no such resource to extend; the framework refuses this, so correct its name"
            service.gap(f"extension {logical_id}", why, extensions.key(logical_id))
            continue
        if not isinstance(written, Mapping) or is_unknown(written):
            continue
        properties = written.get("Properties")
        if isinstance(properties, Mapping):
            old = target.properties
            items, keys = {**old.items, **properties.items}, {**old.keys, **properties.keys}
            target.properties = Mapping(old.document, old.start, old.end, items, keys, old.via)
        condition = written.get("Condition")
        target.condition = condition if isinstance(condition, Scalar) else target.condition
        for name, value in written.items.items():
            if name in _REPLACED or name == "Metadata":
                target.attributes[name] = value
