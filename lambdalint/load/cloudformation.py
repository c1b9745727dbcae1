"""A CloudFormation template as a stack: sections checked for shape, resources kept as written."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping

from lambdalint.load.stack import Dialect, Resource, Stack
from lambdalint.source.gap import Gap
from lambdalint.source.node import Document, Mapping, Node, Origin, Scalar, Sequence

#: Attributes of a resource that are not carried as plain attributes.
_OWN_FIELDS = frozenset({"Type", "Properties", "Condition"})


def read_head(document: Document, root: Mapping, dialect: Dialect = "cloudformation") -> Stack:
    """A stack with its parameters, mappings and conditions: what values depend on. Resources are not read."""
    stack = Stack(document, dialect)
    stack.parameters = {
        name: declared for name, declared in section(stack, root, "Parameters").items() if isinstance(declared, Mapping)
    }
    mappings = root.get("Mappings")
    stack.mappings = mappings if isinstance(mappings, Mapping) else None
    stack.conditions = dict(section(stack, root, "Conditions"))
    return stack


def read_stack(document: Document, root: Mapping, dialect: Dialect = "cloudformation") -> Stack:
    """Read the sections of a template. Parameters, conditions and resources of the wrong shape become gaps; mappings
    and outputs of the wrong shape count as missing. The rest is still read.

    ``Rules`` are checked by CloudFormation before it deploys anything; which values they forbid is not looked at.
    """
    stack = read_head(document, root, dialect)
    outputs = root.get("Outputs")
    stack.outputs = outputs if isinstance(outputs, Mapping) else None
    stack.gaps += macros(root)
    written_resources = root.get("Resources")
    for logical_id, written in section(stack, root, "Resources").items():
        key = written_resources.key(logical_id) if isinstance(written_resources, Mapping) else written
        resource = read_resource(stack, logical_id, written, key)
        if resource is not None:
            stack.resources[logical_id] = resource
    return stack


def macros(root: Mapping) -> list[Gap]:
    """The macros of a template's ``Transform`` that may change any of its resources, and that only AWS can run.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html
    """
    transform = root.get("Transform")
    found: list[Gap] = []
    for entry in transform.items if isinstance(transform, Sequence) else [transform]:
        name = entry.get("Name") if isinstance(entry, Mapping) else entry
        if not isinstance(name, Scalar):
            continue
        if not name.text.startswith("AWS::"):
            why = "it may change every resource, and only AWS can run it; check the processed template as well"
            found.append(Gap(f"macro {name.text}", why, name.at()))
    return found


def section(stack: Stack, root: Mapping, name: str) -> AbstractMapping[str, Node]:
    """The entries of a top-level section; empty, with a gap, when it is not a map."""
    found = root.get(name)
    if isinstance(found, Mapping):
        return found.items
    if found is not None and not (isinstance(found, Scalar) and found.plain and found.text in {"", "~", "null"}):
        stack.gaps.append(Gap(f"section {name}", f"{name} must be a map of names to definitions", found.at()))
    return {}


def read_resource(stack: Stack, logical_id: str, written: Node, key: Origin) -> Resource | None:
    """One entry of ``Resources``; None, with a gap, when it has no readable type."""
    if logical_id == "Fn::Transform":
        name = written.get("Name") if isinstance(written, Mapping) else written
        if isinstance(name, Scalar) and not name.text.startswith("AWS::"):
            stack.gaps.append(Gap(f"macro {name.text}", "the resources that it makes are not judged", key))
        return None
    kind = written.get("Type") if isinstance(written, Mapping) else None
    if not isinstance(written, Mapping) or not isinstance(kind, Scalar):
        stack.gaps.append(Gap(f"resource {logical_id}", "it has no Type, so it cannot be judged; add one", key))
        return None
    properties = written.get("Properties")
    if not isinstance(properties, Mapping):
        if properties is not None and not isinstance(properties, Scalar):
            stack.gaps.append(Gap(f"properties of {logical_id}", "Properties must be a map", properties.at()))
        properties = Mapping(key.document, key.start, key.end)
    condition = written.get("Condition")
    return Resource(
        logical_id=logical_id,
        type=kind.text,
        properties=properties,
        origin=key,
        condition=condition if isinstance(condition, Scalar) else None,
        attributes={name: value for name, value in written.items.items() if name not in _OWN_FIELDS},
    )
