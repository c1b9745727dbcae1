"""``serverless-plugin-tracing``: active tracing for functions, as ``tracing: true`` of the provider or a function says.

What the framework itself makes of ``tracing`` does not count then.
https://github.com/alex-murashkin/serverless-plugin-tracing (as of 2.0.0)
"""

from __future__ import annotations

from lambdalint.load.nodes import build, text_of
from lambdalint.load.serverless.service import Service
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.source.node import Node


def _on(node: Node | None) -> bool:
    return text_of(node) == "true"


def set_tracing(service: Service) -> None:
    """Set the tracing of every function."""
    general = service.setting("tracing")
    for function in service.functions.values():
        made = service.made.get(function.logical_id)
        own = function.get("tracing")
        if made is None or is_unknown(own):
            continue
        if own is None and general is not None and is_unknown(general):
            made.properties.items["TracingConfig"] = general
            continue
        active = _on(own) or (_on(general) and text_of(own) != "false")
        origin = own or (general if active else None) or function.origin
        mode = build({"Mode": "Active" if active else "PassThrough"}, origin, "serverless-plugin-tracing")
        made.properties.items["TracingConfig"] = mode
