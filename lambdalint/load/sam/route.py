"""``Api`` and ``HttpApi`` events: a route of an API, and the permission to call the function through it."""

from __future__ import annotations

import re

from lambdalint.load.nodes import Part, child, intrinsic, plain_map, pointed, ref, sub, text_of
from lambdalint.load.sam.lowering import HTTP_API, REST_API, Event, Invoked, Lowering, Route, Unit, digest
from lambdalint.load.sam.push import permit
from lambdalint.source.node import Node

_PARAMETER = re.compile(r"{[^/{}]+}")


def lower_rest_route(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """A route of a REST API, which is ``ServerlessRestApi`` where the event names none."""
    path, method = text_of(event.get("Path")), text_of(event.get("Method"))
    if path is None or method is None:
        _unclear(lowering, unit, event)
        return
    written = event.get("RestApiId")
    api: Part = written if written is not None else ref(REST_API)
    name = REST_API if written is None else _api_name(written)
    if name is not None:
        lowering.routes.setdefault(name, []).append(Route(path, method.lower(), event, invoked))
    verb = "*" if method.lower() == "any" else method.upper()
    wild = _PARAMETER.sub("*", path)
    arn = f"arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{verb}{wild}"
    source = sub(arn, __ApiId__=api, __Stage__="*")
    suffix = _stage_suffix(lowering, name)
    permit(lowering, unit, event, invoked, "apigateway.amazonaws.com", suffix, SourceArn=source)


def _stage_suffix(lowering: Lowering, name: str | None) -> str:
    """The end of the permission's logical id: the stage's name, "Stage" where it is not known here."""
    api = lowering.units.get(name or "")
    if api is None or api.type != "AWS::Serverless::Api":
        return "Prod" if name == REST_API else "Stage"
    stage = text_of(api.get("StageName"))
    if stage is None:
        return "Stage"
    return stage if stage.isalnum() else digest(stage)


def lower_http_route(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """A route of an HTTP API, which is ``ServerlessHttpApi`` where the event names none."""
    written = event.get("ApiId")
    api: Part = written if written is not None else ref(HTTP_API)
    name = HTTP_API if written is None else _api_name(written)
    path, method = text_of(event.get("Path")), text_of(event.get("Method"))
    if event.get("Path") is None and event.get("Method") is None:
        path, method = "$default", "x-amazon-apigateway-any-method"
    if path is None or method is None:
        _unclear(lowering, unit, event)
        return
    if name is not None:
        lowering.routes.setdefault(name, []).append(Route(path, method.lower(), event, invoked))
    every = path == "$default" and event.get("Path") is None
    if not every and name in _caught(unit):
        return
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}"
    if path == "$default":
        arn += "/*" if every else "/$default"
    else:
        verb = "*" if method.lower() in ("any", "x-amazon-apigateway-any-method") else method.upper()
        arn += f"/{verb}{_PARAMETER.sub('*', path)}"
    source = sub(arn, __ApiId__=api, __Stage__="*")
    permit(lowering, unit, event, invoked, "apigateway.amazonaws.com", SourceArn=source)


def _caught(unit: Unit) -> frozenset[str]:
    """The APIs of which an event of the function catches every route, so that its permission serves for all."""
    if unit.catch_all is None:
        found: set[str] = set()
        events = plain_map(unit.get("Events"))
        for entry in events.items.values() if events is not None else ():
            if text_of(child(entry, "Type")) == "HttpApi" and child(entry, "Properties", "Path") is None:
                written = child(entry, "Properties", "ApiId")
                name = HTTP_API if written is None else _api_name(written)
                found.update(() if name is None else (name,))
        unit.catch_all = frozenset(found)
    return unit.catch_all


def _api_name(node: Node) -> str | None:
    """The logical id of the API that an event names, where it is one of this template."""
    return pointed(node) if intrinsic(node) is not None else text_of(node)


def _unclear(lowering: Lowering, unit: Unit, event: Event) -> None:
    why = "its Path or Method is not written as a text, so its route is not looked at; write both as texts"
    lowering.gap(f"Events.{event.name} of {unit.logical_id}", why, event.cause.origin)
