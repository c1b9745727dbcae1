"""What a template deploys: its resources after lowering, as JSON, with or without intrinsic functions evaluated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lambdalint.load.collect import collect
from lambdalint.load.conditions import Fork
from lambdalint.load.deployment import Deployment, Environment
from lambdalint.load.intrinsics import Absent, Reference, Resolver, Text
from lambdalint.load.stack import Resource
from lambdalint.run import load, unique
from lambdalint.source.gap import Gap
from lambdalint.source.node import Json, Mapping, Node, Scalar
from lambdalint.source.node import Sequence as SequenceNode
from lambdalint.source.scalar import to_json
from lambdalint.source.value import Unknown


def inspect(
    paths: list[Path],
    here: Path,
    environments: Sequence[Environment],
    resolved: bool,
    excluded: Sequence[tuple[Path, list[str]]] = (),
) -> tuple[str, bool]:
    """The resources of every template below the paths as JSON text, and whether all could be looked at.

    ``excluded`` holds patterns of files to pass over, with the folder that they start from.

    Raises:
        UnknownEnvironment: an environment is defined nowhere.
    """
    found, gaps = collect(paths, here, [], excluded)
    deployments, load_gaps = load(found, environments)
    shown: dict[str, Json] = {"documents": [_document(deployment, resolved) for deployment in deployments]}
    # What cannot be read is no document, of whatever dialect.
    lost = unique([*gaps, *load_gaps])
    if lost:
        shown["gaps"] = [{"path": _path(gap), **_gap(gap)} for gap in lost]
    complete = not lost and not any(deployment.stack.gaps for deployment in deployments)
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n", complete


def _document(deployment: Deployment, resolved: bool) -> Json:
    stack, values = deployment.stack, deployment.values
    resolver = Resolver(stack, values.parameters, values.region) if resolved else None
    shown: dict[str, Json] = {"path": stack.document.path, "dialect": stack.dialect}
    # Only where one template stands for several deployments does a reader need to tell them apart.
    if deployment.environment is not None:
        shown["environment"] = deployment.environment
    if deployment.nested is not None:
        shown["nested"] = deployment.nested
    shown["resources"] = {name: _resource(resource, resolver) for name, resource in stack.resources.items()}
    shown["gaps"] = [_gap(gap) for gap in stack.gaps]
    return shown


def _path(gap: Gap) -> str | None:
    return gap.path or (gap.origin.document.path if gap.origin is not None else None)


def _gap(gap: Gap) -> dict[str, Json]:
    return {"what": gap.what, "why": gap.why, "line": gap.origin.line if gap.origin is not None else None}


def _resource(resource: Resource, resolver: Resolver | None) -> Json:
    properties = to_json(resource.properties) if resolver is None else evaluated(resource.properties, resolver)
    shown: dict[str, Json] = {"Type": resource.type, "Properties": properties}
    if resource.condition is not None:
        shown["Condition"] = resource.condition.text
    shown.update({name: to_json(node) for name, node in resource.attributes.items()})
    return shown


def evaluated(node: Node, resolver: Resolver) -> Json:
    """A value with its intrinsic functions evaluated: ``{"Unknown": why}`` where that cannot be, and references where
    only the deployment will tell."""
    try:
        found = resolver.resolve(node)
    except Fork as fork:
        return {"Unknown": f"{fork.asked} is not known"}
    match found:
        case Scalar():
            literal = resolver.literal(found)
            return {"Unknown": literal.why} if isinstance(literal, Unknown) else to_json(found)
        case SequenceNode():
            items = [evaluated(item, resolver) for item in found]
            return [item for item in items if item is not _NOTHING]
        case Mapping():
            entries = {key: evaluated(value, resolver) for key, value in found.items.items()}
            return {key: value for key, value in entries.items() if value is not _NOTHING}
        case Reference():
            return (
                {"Ref": found.logical_id}
                if found.attribute is None
                else {"Fn::GetAtt": [found.logical_id, found.attribute]}
            )
        case Text():
            return {"Fn::Sub": found.text} if found.known else {"Unknown": found.why.why if found.why else "not known"}
        case Absent():
            return _NOTHING
        case Unknown():
            return {"Unknown": found.why}


#: Marks what is not there (``AWS::NoValue``): told from every real value by its identity.
_NOTHING: dict[str, Json] = {}
