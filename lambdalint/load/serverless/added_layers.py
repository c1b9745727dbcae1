"""``serverless-layers``: a layer of the dependencies, published before the rest is packaged, for the functions.

Its ARN is known only then.
https://github.com/agutoli/serverless-layers (as of 2.8.5)
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, plain_map, text_of
from lambdalint.load.serverless.service import Function, Service, listed
from lambdalint.load.serverless.unknown import is_unknown, unknown
from lambdalint.source.node import Mapping, Node


def add_unknown_layers(service: Service) -> None:
    """Give the functions the layers of the plugin, whose ARNs are not known here."""
    groups = _groups(service.top("custom", "serverless-layers"))
    for function in service.functions.values():
        count = sum(_takes(function, group) for group in groups)
        made = service.made.get(function.logical_id)
        if not count or made is None:
            continue
        layer = unknown(function.origin, "a layer", "is published by serverless-layers before the service is packaged")
        # Layers of its own keep those of the provider away.
        layers: list[Part] = [*listed(function.get("layers")), *[layer] * count]
        made.properties.items["Layers"] = build(layers, function.origin, "serverless-layers")


def _groups(config: Node | None) -> list[Node | None]:
    """The settings of each layer: of one alone, or of several in a list of maps with a name each."""
    settings = plain_map(config)
    if settings is not None or config is None or is_unknown(config):
        return [config]
    return [
        value for item in listed(config) for value in (item.items.values() if isinstance(item, Mapping) else [item])
    ]


def _takes(function: Function, group: Node | None) -> bool:
    written = child(group, "functions")
    return written is None or is_unknown(written) or function.name in {text_of(item) for item in listed(written)}
