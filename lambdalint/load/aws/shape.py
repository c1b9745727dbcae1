"""Answers of one account and region as a stack of CloudFormation-shaped resources, as any loader makes one.

Values that equal AWS's defaults are left out: an account does not tell whether somebody chose them. What could not be
looked at is in the stack as such, so that facts which need it are Unknown.
"""

from __future__ import annotations

from typing import Any

from lambdalint.load.aws import statement
from lambdalint.load.aws.account import add_account
from lambdalint.load.aws.around import add_around
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.mapping import add_mappings
from lambdalint.load.aws.measured import add_measured
from lambdalint.load.aws.reservation import OF_ZERO, WHY_NOT_ZERO, Outstanding, reserved
from lambdalint.load.aws.reservation import OPERATION as GET_FUNCTION
from lambdalint.load.aws.tree import Tree
from lambdalint.load.stack import Resource, Stack
from lambdalint.source.node import make

FUNCTION = "AWS::Lambda::Function"
_STACK_TAG = "aws:cloudformation:stack-name"
_ID_TAG = "aws:cloudformation:logical-id"

#: Fields that the API and CloudFormation spell alike.
_SAME = (
    "FunctionName",
    "Runtime",
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "FileSystemConfigs",
    "PackageType",
    "Architectures",
    "EphemeralStorage",
    "LoggingConfig",
    "TenancyConfig",
    "CapacityProviderConfig",
    "DurableConfig",
)
#: What AWS fills in where nobody says anything.
#: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_DEFAULTS: dict[str, Any] = {
    "Timeout": 3,
    "MemorySize": 128,
    "PackageType": "Zip",
    "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512},
    "Description": "",
}


def stack_of(evidence: Evidence) -> Stack:
    """The stack that the answers show. Its gaps are the run's business: it knows what was asked for."""
    tree = Tree(evidence.pair.label)
    functions = _functions(evidence, tree)
    add_mappings(evidence, tree)
    add_account(evidence, tree)
    for name, resource in functions.items():
        _permissions(evidence, tree, name, resource)
        _urls(evidence, tree, name, resource)
        _invoke_configs(evidence, tree, name, resource)
        _versions(evidence, tree, name, resource)
    add_around(evidence, tree, functions)
    add_measured(evidence, tree, functions)
    return tree.stack


def function_names(evidence: Evidence) -> list[str]:
    """The functions of the pair, each once: a list that changes while it is read shows some twice."""
    return list(dict.fromkeys(item["FunctionName"] for item in evidence.items("lambda.ListFunctions", "Functions")))


def _functions(evidence: Evidence, tree: Tree) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    deleted = set(evidence.deleted())
    tags, tagged = _tags(evidence)
    outstanding = Outstanding(evidence)
    for item in evidence.items("lambda.ListFunctions", "Functions"):
        name, arn = item["FunctionName"], item.get("FunctionArn", "")
        if name in found or name in deleted:
            continue
        properties = {key: item[key] for key in _SAME if item.get(key) not in (None, _DEFAULTS.get(key))}
        properties |= _renamed(item)
        amount = reserved(evidence, name, outstanding)
        if amount is not None:
            properties["ReservedConcurrentExecutions"] = amount
        place = evidence.places.get(id(item))
        resource = tree.add(name, FUNCTION, properties, arn, place)
        resource.judged = evidence.wanted is None or name in evidence.wanted
        if amount is None and evidence.answer(GET_FUNCTION, name) is None:
            tree.stack.unseen[OF_ZERO, resource.logical_id] = WHY_NOT_ZERO
        own = tags.get(arn, {})
        resource.group = own.get(_STACK_TAG) if tagged else None
        if _ID_TAG in own or "lambdalint:ignore" in own or "lambdalint:idempotent" in own:
            metadata: dict[str, Any] = {_ID_TAG: own.get(_ID_TAG, "")}
            metadata["lambdalint"] = _told(own)
            resource.attributes["Metadata"] = make(metadata, resource.origin)
        found[name] = resource
    why = evidence.why_not("lambda.ListFunctions")
    if why is not None:
        tree.stack.unseen[FUNCTION, None] = why
    return found


def _told(tags: dict[str, str]) -> dict[str, Any]:
    """What the tags of a function tell lambdalint, as templates do in their metadata.

    Tag values hold neither commas nor brackets: rules stand with blanks or slashes between them.
    """
    told: dict[str, Any] = {}
    if "lambdalint:ignore" in tags:
        names = tags["lambdalint:ignore"].replace("/", " ").replace(":", " ").split()
        told["ignore"] = dict.fromkeys(names or ["*"], "tag lambdalint:ignore")
    if tags.get("lambdalint:idempotent") == "true":
        told["idempotent"] = True
    return told


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation spells or nests otherwise."""
    found: dict[str, Any] = {}
    vpc = item.get("VpcConfig") or {}
    if vpc.get("SubnetIds"):
        found["VpcConfig"] = {key: vpc[key] for key in ("SubnetIds", "SecurityGroupIds") if vpc.get(key)}
    if (item.get("DeadLetterConfig") or {}).get("TargetArn"):
        found["DeadLetterConfig"] = {"TargetArn": item["DeadLetterConfig"]["TargetArn"]}
    environment = item.get("Environment") or {}
    if environment.get("Variables"):
        found["Environment"] = {"Variables": environment["Variables"]}
    if (item.get("TracingConfig") or {}).get("Mode", "PassThrough") != "PassThrough":
        found["TracingConfig"] = {"Mode": item["TracingConfig"]["Mode"]}
    if (item.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
        found["SnapStart"] = {"ApplyOn": item["SnapStart"]["ApplyOn"]}
    layers = [layer["Arn"] for layer in item.get("Layers") or () if "Arn" in layer]
    if layers:
        found["Layers"] = layers
    if item.get("KMSKeyArn"):
        found["KmsKeyArn"] = item["KMSKeyArn"]
    logging = item.get("LoggingConfig") or {}
    if logging.get("LogGroup") == f"/aws/lambda/{item['FunctionName']}":
        # The default group: as if nobody had said anything.
        rest = {key: value for key, value in logging.items() if key != "LogGroup" and value != "Text"}
        found["LoggingConfig"] = rest
    return found


def _tags(evidence: Evidence) -> tuple[dict[str, dict[str, str]], bool]:
    """The tags of each function by ARN, and whether they could be read."""
    listed = evidence.items("resourcegroupstaggingapi.GetResources", "ResourceTagMappingList")
    found = {
        entry["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in entry.get("Tags", ())}
        for entry in listed
        if "ResourceARN" in entry
    }
    return found, evidence.why_not("resourcegroupstaggingapi.GetResources") is None


def _permissions(evidence: Evidence, tree: Tree, name: str, function: Resource) -> None:
    kind = "AWS::Lambda::Permission"
    own = [(target, answer) for target, answer in _qualified(evidence, "lambda.GetPolicy", name)]
    if not own:
        own = [(name, None)]
    for target, _ in own:
        why = evidence.why_not("lambda.GetPolicy", target)
        if why is not None:
            tree.stack.unseen[kind, function.logical_id] = why
            continue
        data = evidence.data("lambda.GetPolicy", target)
        qualifier = target.partition("@")[2]
        named = f"{function.arn}:{qualifier}" if qualifier else function.arn or ""
        statements = statement.permissions(data.get("Policy"), named)
        if statements is None:
            tree.stack.unseen[kind, function.logical_id] = "its policy is not understood (lambda:GetPolicy)"
            continue
        for sid, properties in statements:
            arn = f"{named}/policy/{sid}"
            key = f"{target}/{sid}"
            resource = tree.add(sid, kind, properties, arn, evidence.places.get(id(data)), key)
            resource.owner = function.logical_id
            resource.judged = function.judged


def _qualified(evidence: Evidence, operation: str, name: str) -> list[tuple[str, Any]]:
    """The answers about a function itself and about its aliases."""
    targets = [name, *(f"{name}@{alias['Name']}" for alias in evidence.items("lambda.ListAliases", "Aliases", name))]
    return [(target, evidence.answer(operation, target)) for target in targets if evidence.answer(operation, target)]


def _urls(evidence: Evidence, tree: Tree, name: str, function: Resource) -> None:
    kind = "AWS::Lambda::Url"
    operation = "lambda.ListFunctionUrlConfigs"
    if evidence.answer(operation, name) is None:
        if evidence.why_not("lambda.GetPolicy", name) is not None:
            tree.stack.unseen[kind, function.logical_id] = "whether it has a function URL was not looked at"
        return
    why = evidence.why_not(operation, name)
    if why is not None:
        tree.stack.unseen[kind, function.logical_id] = why
    for item in evidence.items(operation, "FunctionUrlConfigs", name):
        properties = {"TargetFunctionArn": item.get("FunctionArn") or function.arn, "AuthType": item.get("AuthType")}
        if item.get("Cors"):
            properties["Cors"] = item["Cors"]
        if item.get("InvokeMode", "BUFFERED") != "BUFFERED":
            properties["InvokeMode"] = item["InvokeMode"]
        arn = f"{item.get('FunctionArn') or function.arn}/url"
        resource = tree.add(f"URL of {name}", kind, properties, arn, evidence.places.get(id(item)))
        resource.owner = function.logical_id
        resource.judged = function.judged


def _invoke_configs(evidence: Evidence, tree: Tree, name: str, function: Resource) -> None:
    kind = "AWS::Lambda::EventInvokeConfig"
    operation = "lambda.ListFunctionEventInvokeConfigs"
    why = evidence.why_not(operation, name)
    if why is not None:
        asked = evidence.answer(operation, name) is not None
        tree.stack.unseen[kind, function.logical_id] = (
            why if asked else "asynchronous settings are read only where the policy lets in an asynchronous caller"
        )
        return
    for item in evidence.items(operation, "FunctionEventInvokeConfigs", name):
        properties: dict[str, Any] = {"FunctionName": item.get("FunctionArn", "").replace(":$LATEST", "")}
        for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
            if item.get(key) is not None:
                properties[key] = item[key]
        destinations = {
            side: {"Destination": entry["Destination"]}
            for side, entry in (item.get("DestinationConfig") or {}).items()
            if isinstance(entry, dict) and entry.get("Destination")
        }
        if destinations:
            properties["DestinationConfig"] = destinations
        arn = f"{item.get('FunctionArn') or function.arn}/event-invoke-config"
        resource = tree.add(f"asynchronous settings of {name}", kind, properties, arn, evidence.places.get(id(item)))
        resource.owner = function.logical_id


def _versions(evidence: Evidence, tree: Tree, name: str, function: Resource) -> None:
    why = evidence.why_not("lambda.ListVersionsByFunction", name)
    if why is not None:
        tree.stack.unseen["AWS::Lambda::Version", function.logical_id] = why
    for item in evidence.items("lambda.ListVersionsByFunction", "Versions", name):
        number = item.get("Version", "$LATEST")
        if number != "$LATEST":
            arn = f"{function.arn}:{number}"
            tree.add(f"{name}:{number}", "AWS::Lambda::Version", {"FunctionName": function.arn}, arn, None)
    _aliases(evidence, tree, name, function)


def _aliases(evidence: Evidence, tree: Tree, name: str, function: Resource) -> None:
    """Its aliases, those at least that hold provisioned concurrency."""
    kind = "AWS::Lambda::Alias"
    held: dict[str, int] = {}
    for item in evidence.items("lambda.ListProvisionedConcurrencyConfigs", "ProvisionedConcurrencyConfigs", name):
        qualifier = item.get("FunctionArn", "").rpartition(":")[2]
        held[qualifier] = item.get("RequestedProvisionedConcurrentExecutions", 0)
    listed = {item["Name"]: item for item in evidence.items("lambda.ListAliases", "Aliases", name)}
    for qualifier in dict.fromkeys([*listed, *held]):
        if qualifier.isdigit():
            continue
        arn = f"{function.arn}:{qualifier}"
        properties: dict[str, Any] = {"FunctionName": function.arn, "Name": qualifier}
        if qualifier in held:
            properties["ProvisionedConcurrencyConfig"] = {"ProvisionedConcurrentExecutions": held[qualifier]}
        place = evidence.places.get(id(listed.get(qualifier)))
        resource = tree.add(f"{name}:{qualifier}", kind, properties, arn, place)
        resource.owner = function.logical_id
        resource.judged = function.judged
    why = evidence.why_not("lambda.ListAliases", name)
    if why is not None:
        tree.stack.unseen[kind, function.logical_id] = why
