"""Asynchronous settings: each version and alias of a function has its own, so it matters which one is invoked.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lambdalint.data.services import parse_arn
from lambdalint.load.intrinsics import Absent
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element
from lambdalint.source.node import Node
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"
#: The version that is meant where no other is named.
LATEST = "$LATEST"

_LAST_PART = re.compile(r":((?:\$\{[^}]*\}|[^:{}])+)\Z")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


def configs_of(function: Function) -> list[Element]:
    """The asynchronous settings of a function, for whatever version or alias they are."""
    return function.model.kept("invoke configs", _by_function).get(id(function), [])


def config_in_force(function: Function) -> Element | Unknown | None:
    """The settings under which the template's asynchronous callers invoke a function; None where one of them invokes
    a version or alias that has none. Without such callers those of any version or alias speak for the function."""
    configs = configs_of(function)
    if not configs:
        if function.model.stack.fragment:
            return Unknown("the Globals of the whole template are not in this file", function.origin)
        return function.model.unseen(INVOKE_CONFIG, function.resource)
    qualifiers = {
        trigger.qualifier
        for trigger in function.triggers
        if not isinstance(trigger.invocation, Unknown) and trigger.invocation.value == "async"
    }
    chosen = [_config_for(configs, qualifier) for qualifier in qualifiers] or configs[:1]
    if any(config is None for config in chosen):
        return function.model.unseen(INVOKE_CONFIG, function.resource)
    # Of several the one that keeps no failures tells what can happen.
    return min(filter(None, chosen), key=keeps_failures)


def idle_settings(function: Function) -> Value[str]:
    """Settings that the template's asynchronous callers pass by, as the end of a sentence: "; Settings applies to live
    only"; empty without any."""
    configs = configs_of(function)
    if not configs or config_in_force(function) is not None:
        return Default("", function.origin)
    qualifier = _qualifier_of(configs[0]) or "another version"
    return Default(f"; {configs[0].name} applies to {qualifier} only", configs[0].origin)


def _config_for(configs: list[Element], qualifier: str | None) -> Element | None:
    answers = [(config, _same(qualifier, _qualifier_of(config))) for config in configs]
    sure = [config for config, same in answers if same]
    return next(iter(sure or [config for config, same in answers if same is None]), None)


def keeps_failures(config: Element) -> bool:
    """Whether asynchronous settings name an on-failure destination, known or not."""
    return not isinstance(config.find("DestinationConfig", "OnFailure", "Destination"), Absent)


def _by_function(model: Model) -> dict[int, list[Element]]:
    """The asynchronous settings of each function, by its identity."""
    from lambdalint.model.function import Function, function_of

    found: dict[int, list[Element]] = {}
    for resource in model.resources(INVOKE_CONFIG):
        function = function_of(model, resource.properties.get("FunctionName"), "account")
        if isinstance(function, Function):
            found.setdefault(id(function), []).append(model.thing(Element, resource))
    return found


def split_qualifier(text: str) -> tuple[str, str]:
    """A function's name or ARN, and the version or alias that follows it: ``$LATEST`` where there is none."""
    arn = parse_arn(text)
    if arn is not None and _PLACEHOLDER.sub("", arn.resource).count(":") < 2:
        return text, LATEST
    found = _LAST_PART.search(text)
    return (text[: found.start()], found[1]) if found is not None else (text, LATEST)


def qualifier_named(model: Model, node: Node | None) -> str | None:
    """The version or alias of a function that a value means, as canonical text; None where it is not known."""
    target = model.target(node)
    match target:
        case Resource(type="AWS::Lambda::Function"):
            return LATEST
        case Resource(type="AWS::Lambda::Alias"):
            name = model.resolver.text(target.properties.get("Name"))
            return name.value if isinstance(name, Given) else None
        case Resource(type="AWS::Lambda::Version"):
            return f"${{{target.logical_id}.Version}}"
        case str():
            return split_qualifier(target)[1]
        case _:
            return None


def _qualifier_of(config: Element) -> str | None:
    """The version or alias that asynchronous settings are for; None where it is not known."""
    written = config.raw("Qualifier")
    if written is None:
        return qualifier_named(config.model, config.raw("FunctionName"))
    found = config.model.resolver.text(written)
    return found.value if isinstance(found, Given) else None


def _same(one: str | None, other: str | None) -> bool | None:
    """Whether both mean the same version or alias; None where that depends on what is known only at deployment."""
    if one is None or other is None:
        return None
    if one == other:
        return True
    # A version of this template is neither an alias nor the unpublished version.
    open_ones = [text for text in (one, other) if "${" in text and not text.endswith(".Version}")]
    return None if open_ones else False
