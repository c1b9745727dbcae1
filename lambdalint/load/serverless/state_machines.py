"""``serverless-step-functions``: state machines, their roles and alarms, activities, and what starts them.

What the plugin makes for HTTP events of a state machine is named as a gap, and so are notifications.
https://github.com/serverless-operations/serverless-step-functions (as of 3.31.2)
"""

from __future__ import annotations

import json
import re
from hashlib import md5

from lambdalint.load.nodes import Part, build, child, get_att, given, plain_map, ref, text_of
from lambdalint.load.serverless.naming import function_id, normalized
from lambdalint.load.serverless.service import Cause, Function, Service, is_true, join, listed
from lambdalint.load.serverless.state_machine_events import add_events
from lambdalint.load.serverless.state_machine_role import add_role
from lambdalint.load.serverless.unknown import is_unknown, unknown
from lambdalint.record import record
from lambdalint.source.node import Json, Mapping, Node, Scalar, Sequence
from lambdalint.source.scalar import to_json

_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
_FUNCTION = "AWS::Lambda::Function"
#: Where CloudFormation fills in a value: the hash of what it is.
_MARK = re.compile(r"\$\{([0-9a-f]{32})\}")
_QUOTED = re.compile(r'"\$\{([0-9a-f]{32})\}"')
_ALARMS = {
    "executionsTimedOut": ("ExecutionsTimedOut", "executions timed out"),
    "executionsFailed": ("ExecutionsFailed", "executions failed"),
    "executionsAborted": ("ExecutionsAborted", "executions were aborted"),
    "executionThrottled": ("ExecutionThrottled", "execution were throttled"),
    "executionsSucceeded": ("ExecutionsSucceeded", "executions succeeded"),
}
_RENAMED = {
    "DefinitionString": "definition",
    "LoggingConfiguration": "loggingConfig",
    "RoleArn": "role",
    "StateMachineName": "name",
    "StateMachineType": "type",
    "TracingConfiguration": "tracingConfig",
}


@record
class Machine:
    """One entry of ``stepFunctions.stateMachines``."""

    key: str
    settings: Mapping
    cause: Cause

    @property
    def logical_id(self) -> str:
        """The logical id of the state machine."""
        own = text_of(self.settings.get("id")) or text_of(self.settings.get("name"))
        return normalized(own) if own else f"{normalized(self.key)}StepFunctionsStateMachine"

    @property
    def name(self) -> Part:
        """What it is called in names and descriptions."""
        return given(self.settings.get("name")) or self.key


def add_state_machines(service: Service) -> None:
    """Add the state machines of a service and what belongs to them."""
    section = service.top("stepFunctions")
    machines = child(section, "stateMachines")
    if is_unknown(section) or is_unknown(machines) or (machines is not None and not isinstance(machines, Mapping)):
        service.lost("state machines", machines or section or service.provider, "they are not known here")
        return
    for name, written in machines.items.items() if isinstance(machines, Mapping) else ():
        settings = plain_map(written)
        place = Cause(machines.key(name) if isinstance(machines, Mapping) else service.place, f"state machine {name}")
        if settings is None or is_unknown(written):
            service.lost(f"state machine {name}", written, "its settings are not known, so it is not looked at")
            continue
        machine = Machine(name, settings, place)
        if settings.get("role") is None:
            add_role(service, machine)
        _add(service, machine)
        _add_alarms(service, machine)
        add_events(service, machine)
    for activity in listed(child(section, "activities")):
        name = text_of(activity) or ""
        cause = Cause(activity, f"activity {name}")
        logical_id = f"{normalized(name)}StepFunctionsActivity"
        service.add(logical_id, "AWS::StepFunctions::Activity", {"Name": activity}, cause)


def _add(service: Service, machine: Machine) -> None:
    settings, role = machine.settings, f"{machine.logical_id}Role"
    own = given(settings.get("role"))
    tags = _tags(service, settings)
    value: dict[str, Part] = {
        "DefinitionString": _definition(service, machine),
        "RoleArn": own if own is not None else get_att(role, "Arn"),
        "StateMachineName": given(settings.get("name")),
        "StateMachineType": given(settings.get("type")),
        "LoggingConfiguration": _logging(settings),
        "TracingConfiguration": _tracing(settings),
        "Tags": tags or None,
    }
    needed = [] if own is not None else [role]
    needed += [text for item in listed(settings.get("dependsOn")) if (text := text_of(item)) is not None]
    keep: dict[str, Part] = {"DeletionPolicy": "Retain" if is_true(settings.get("retain")) else None}
    kind = "AWS::StepFunctions::StateMachine"
    made = service.add(
        machine.logical_id,
        kind,
        value,
        machine.cause,
        settings,
        _RENAMED,
        depends_on=list(needed),
        attributes=keep,
    )
    made.via = None


def _tags(service: Service, settings: Mapping) -> list[Part]:
    inherits = text_of(settings.get("inheritGlobalTags")) != "false"
    found: list[Part] = []
    for node in (service.setting("tags") if inherits else None, given(settings.get("tags"))):
        tags = plain_map(node)
        for key, value in tags.items.items() if tags is not None else ():
            text = build(value.text, value, value.via) if isinstance(value, Scalar) else value
            found.append({"Key": key, "Value": text})
    return found


def _logging(settings: Mapping) -> Part:
    written = plain_map(settings.get("loggingConfig"))
    if written is None:
        return None
    destinations: list[Part] = [
        {"CloudWatchLogsLogGroup": {"LogGroupArn": item}} for item in listed(written.get("destinations"))
    ]
    value: dict[str, Part] = {
        "Level": given(written.get("level")) or "OFF",
        "IncludeExecutionData": given(written.get("includeExecutionData")) or False,
        "Destinations": destinations or None,
    }
    return build(value, written)


def _tracing(settings: Mapping) -> Part:
    written = plain_map(settings.get("tracingConfig"))
    return None if written is None else build({"Enabled": given(written.get("enabled")) or False}, written)


# --- the definition ---------------------------------------------------------------------------------------------------


def _definition(service: Service, machine: Machine) -> Part:
    """The definition as one text; what CloudFormation fills in stands in it by the hash of what it is."""
    written = machine.settings.get("definition")
    if plain_map(written) is None or is_unknown(written) or is_true(machine.settings.get("configureTaskTimeouts")):
        return unknown(written or machine.cause.origin, "definition", "is made by the plugin serverless-step-functions")
    found: dict[str, Node] = {}
    bare: set[str] = set()
    value = _without_functions(written, found, bare)
    text = json.dumps(value, indent=2, ensure_ascii=False)
    marked = text.replace("#{", "${")
    replaced = marked != text
    marked = _QUOTED.sub(lambda match: match[0].strip('"') if match[1] in bare else match[0], marked)
    if not found:
        return {"Fn::Sub": marked} if replaced else text
    values: dict[str, Part] = {}
    names: dict[str, str] = {}
    for key, node in found.items():
        target, name = translated(service, node)
        if name is None:
            values[key] = _versioned(service, machine, target)
        else:
            names[key] = f"{_ARN}{name}"
    marked = _MARK.sub(lambda match: names.get(match[1], match[0]), marked)
    exact = is_true(machine.settings.get("useExactVersion"))
    return {"Fn::Sub": [marked, values]} if values or exact else {"Fn::Sub": marked}


def _without_functions(node: Node | None, found: dict[str, Node], bare: set[str]) -> Json:
    if isinstance(node, Sequence):
        return [_without_functions(item, found, bare) for item in node.items]
    if not isinstance(node, Mapping):
        return to_json(node) if node is not None else None
    if any(key.startswith("Fn::") or key == "Ref" for key in node.items):
        text = json.dumps(to_json(node), separators=(",", ":"), ensure_ascii=False)
        key = md5(text.encode(), usedforsecurity=False).hexdigest()
        found.setdefault(key, node)
        return f"${{{key}}}"
    made: dict[str, Json] = {}
    for name, value in node.items.items():
        made[name] = _without_functions(value, found, bare)
        if name == "Seconds" and isinstance(value, Mapping) and text_of(node.items.get("Type")) == "Wait":
            bare.add(str(made[name])[2:-1])
    return made


def translated(service: Service, node: Node) -> tuple[Part, str | None]:
    """A reference with the name of a function of the service turned into its logical id, and the function's own name
    where the plugin writes that instead of a ``Ref``."""
    if not isinstance(node, Mapping):
        return node, None
    named = text_of(node.get("Ref"))
    if named is not None:
        function = service.functions.get(named) or _made_as(service, named)
        if function is not None:
            physical = function.physical
            name = physical if isinstance(physical, str) else text_of(build(physical, node))
            if name is not None:
                return node, name
            return build(ref(function.logical_id), node, node.via), None
        return node, None
    parts = node.get("Fn::GetAtt")
    if isinstance(parts, Sequence) and len(parts) == 2:
        name = text_of(parts.items[0]) or ""
        if name not in service.made and name in service.functions:
            return build(get_att(function_id(name), text_of(parts.items[1]) or "Arn"), node, node.via), None
    return node, None


def _made_as(service: Service, logical_id: str | None) -> Function | None:
    """The function of the service that has a logical id."""
    made = service.made.get(logical_id or "")
    return service.functions.get(made.title or "") if made is not None and made.type == _FUNCTION else None


def _versioned(service: Service, machine: Machine, target: Part) -> Part:
    """With ``useExactVersion``, the version that is published instead of the function."""
    if not is_true(machine.settings.get("useExactVersion")) or not isinstance(target, Mapping):
        return target
    parts = target.get("Fn::GetAtt")
    name = text_of(parts.items[0]) if isinstance(parts, Sequence) and parts.items else text_of(target.get("Ref"))
    function = _made_as(service, name)
    version = f"{function.prefix}LambdaVersion" if function is not None else ""
    return build(ref(version), target, target.via) if version in service.made else target


# --- alarms -----------------------------------------------------------------------------------------------------------


def _add_alarms(service: Service, machine: Machine) -> None:
    alarms = plain_map(machine.settings.get("alarms"))
    for item in listed(alarms.get("metrics")) if alarms is not None else ():
        name = text_of(item) or text_of(child(item, "metric")) or ""
        if name not in _ALARMS or alarms is None:
            continue
        metric, what = _ALARMS[name]
        actions: dict[str, Part] = {
            key: [topic] if (topic := child(alarms, "topics", kind)) is not None else []
            for key, kind in (
                ("OKActions", "ok"),
                ("AlarmActions", "alarm"),
                ("InsufficientDataActions", "insufficientData"),
            )
        }
        template = text_of(alarms.get("nameTemplate"))
        variables = {"stateMachineName": text_of(build(machine.name, item)) or "?", "cloudWatchMetricName": metric}
        for variable, text in {**variables, "metricName": name}.items():
            template = template.replace(f"$[{variable}]", text) if template is not None else None
        value: dict[str, Part] = {
            "Namespace": "AWS/States",
            "MetricName": metric,
            "AlarmName": child(item, "alarmName") or template,
            "AlarmDescription": join(machine.name, "[", service.stage, "][", service.region, f"]: {what}"),
            "Threshold": 1,
            "Period": child(item, "period") or given(alarms.get("period")) or 60,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Statistic": "Sum",
            **actions,
            "TreatMissingData": child(item, "treatMissingData") or given(alarms.get("treatMissingData")) or "missing",
            "Dimensions": [{"Name": "StateMachineArn", "Value": ref(machine.logical_id)}],
        }
        logical_id = text_of(child(item, "logicalId")) or f"{machine.logical_id}{metric}Alarm"
        service.add(logical_id, "AWS::CloudWatch::Alarm", value, Cause(item, f"alarms of {machine.key}"))
