"""A service of the Serverless Framework to CloudFormation: the whole way, on one screen.

https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml
"""

from __future__ import annotations

import re

from lambdalint.load.nodes import Part, text_of
from lambdalint.load.serverless.bucket import add_bucket, add_layers
from lambdalint.load.serverless.declared import read_functions
from lambdalint.load.serverless.events import KINDS, step_for
from lambdalint.load.serverless.function import lower_function
from lambdalint.load.serverless.packaged import use_packaged
from lambdalint.load.serverless.plugins import apply_plugins, finish_plugins, plugin_names, prepare_plugins
from lambdalint.load.serverless.resources import merge_resources
from lambdalint.load.serverless.role import add_log_groups, add_role, decide_role
from lambdalint.load.serverless.service import Generation, Service
from lambdalint.load.serverless.sources import Sources
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.load.serverless.variables import Variables
from lambdalint.load.stack import Stack
from lambdalint.source.folder import Folder
from lambdalint.source.node import Document, Mapping, Node, Scalar

_VERSION = re.compile(r"[0-9]+")


def lower(
    document: Document,
    root: Mapping,
    folder: Folder,
    base: str,
    stage: str | None = None,
    region: str | None = None,
    parameters: dict[str, str] | None = None,
) -> Stack:
    """The CloudFormation stack that a service stands for.

    ``folder`` is the repository and ``base`` the folder of the service in it: nothing outside is read. ``stage``,
    ``region`` and ``parameters`` are what ``--stage``, ``--region`` and ``--param`` would give the framework. Nothing
    here raises for a malformed service: what cannot be lowered becomes a gap, and the rest goes on.
    """
    stack = Stack(document, "serverless")
    sources = Sources(root, folder, base, stack.gaps, stage, region, parameters or {})
    service = _service(stack, Variables(sources, stack.gaps), root, folder, base)
    read_functions(service)
    prepare_plugins(service)
    add_bucket(service)
    add_log_groups(service)
    decide_role(service)
    add_layers(service)
    for function in service.functions.values():
        lower_function(service, function)
    used = {event.kind for function in service.functions.values() for event in function.events}
    for step in dict.fromkeys(step_for(kind) for kind in KINDS if kind in used):
        step(service)
    _name_other_events(service)
    add_role(service)
    if service.custom_cause is not None:
        from lambdalint.load.serverless.custom import add_custom_role

        add_custom_role(service)
    apply_plugins(service)
    merge_resources(service, document)
    finish_plugins(service)
    use_packaged(service, document)
    stack.sources = list(sources.documents)
    return stack


def _service(stack: Stack, variables: Variables, root: Mapping, folder: Folder, base: str) -> Service:
    name = variables.get(root, "service")
    if isinstance(name, Mapping) and not is_unknown(name):
        name = name.get("name")
    provider = variables.get(root, "provider")
    place = root.key("provider")
    if not isinstance(provider, Mapping) or is_unknown(provider):
        if is_unknown(provider):
            variables.note("provider", "its settings are not known, so what functions inherit is not known", place)
        provider = Mapping(place.document, place.start, place.end)
    service = Service(
        stack=stack,
        variables=variables,
        root=root,
        name=_text(name) if name is not None else "service",
        stage=_text(variables.sources.stage_of(variables, place)),
        region=variables.sources.region_of(variables, place),
        provider=provider,
        place=place,
        generation=_generation(variables.get(root, "frameworkVersion"), root),
        folder=folder,
        base=base,
    )
    service.plugins = plugin_names(service)
    return service


def _text(node: Node) -> Part:
    return node.text if isinstance(node, Scalar) else node


def _generation(version: Node | None, root: Mapping) -> Generation:
    """Which framework would package the service; where no version is named, one of those that are still mended."""
    found = _VERSION.search(text_of(version) or "")
    if found is not None and int(found[0]) <= 3 and ">" not in (text_of(version) or ""):
        return "v3"
    return "v4" if "stages" in root or (found is not None and int(found[0]) == 4) else "osls"


def _name_other_events(service: Service) -> None:
    """Events that only a plugin knows."""
    for function in service.functions.values():
        for event in function.events:
            if event.kind not in KINDS:
                why = "it is not an event of the framework itself, so what a plugin makes of it is not looked at"
                service.gap(f"{event.kind} event of {function.name}", why, event.cause.origin)
