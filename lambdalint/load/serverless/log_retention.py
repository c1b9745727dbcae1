"""``serverless-plugin-log-retention``: one retention for the log groups of all functions.

It writes into ``resources``, and does nothing at all where a service has none.
https://github.com/ArtificerEntertainment/serverless-plugin-log-retention (as of 2.1.0)
"""

from __future__ import annotations

from lambdalint.load.nodes import build
from lambdalint.load.serverless.service import Cause, Service, truthy
from lambdalint.source.node import Mapping


def set_retention(service: Service) -> None:
    """Set the retention of every log group, where the plugin has a place to write it."""
    if service.top("resources") is None:
        return
    custom = service.top("custom")
    general = truthy(service.top("custom", "logRetentionInDays"))
    for function in service.functions.values():
        own = function.get("logRetentionInDays")
        retention = own if own is not None else general
        if retention is None:
            continue
        logical_id = f"{function.prefix}LogGroup"
        group = service.made.get(logical_id)
        if group is None:
            cause = Cause(function.origin, f"function {function.name}")
            service.add(logical_id, "AWS::Logs::LogGroup", {"RetentionInDays": retention}, cause, function=function)
            continue
        group.properties.items["RetentionInDays"] = build(retention, retention)
        if own is None and isinstance(custom, Mapping) and "logRetentionInDays" in custom.keys:
            group.properties.keys["RetentionInDays"] = custom.keys["logRetentionInDays"]
