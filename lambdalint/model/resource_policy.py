"""Policies on queues, topics and buckets: the other way in which a role gets a permission.

Within one account either the role's own policies or the resource's policy is enough:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from lambdalint.load.stack import Resource
from lambdalint.model.model import Model
from lambdalint.model.source import Source
from lambdalint.source.node import Mapping, Node, Scalar, Sequence
from lambdalint.source.value import Unknown

#: Type of the policy -> the property that names what it is attached to.
_ATTACHED_TO = {
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SQS::QueueInlinePolicy": "Queue",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::Kinesis::ResourcePolicy": "ResourceArn",
}

#: Conditions that only calls of a service on behalf of a resource satisfy.
_SERVICE_CONDITIONS = ("sourcearn", "sourceaccount", "sourceorgid", "calledvia")


def policy_on(source: Source) -> Unknown | None:
    """Why a policy on a queue, topic or bucket of this template may let a role of the account in; None where none
    does. Policies that let only services in do not count."""
    if source.resource is None:
        return Unknown(f"the policy of {source.label} was not looked at", source.origin) if source.model.live else None
    unseen = source.model.unseen("policy", source.resource)
    if unseen is not None:
        return unseen
    attached, open_ones = source.model.kept("policies by target", _by_target)
    # A policy whose target is not known may be attached to anything of its service.
    may_be = [one for one in open_ones if one.type.split("::")[1] == source.resource.type.split("::")[1]]
    for resource in (*attached.get(source.resource.logical_id, ()), *may_be):
        if _lets_roles_in(resource):
            return Unknown(f"{resource.logical_id} may allow it", resource.origin)
    return None


def _by_target(model: Model) -> tuple[dict[str, list[Resource]], list[Resource]]:
    """The policies that are attached to each resource, by its logical id, and those with an open target."""
    found: dict[str, list[Resource]] = {}
    open_ones: list[Resource] = []
    for resource in model.resources(*_ATTACHED_TO):
        written = resource.properties.get(_ATTACHED_TO[resource.type])
        several = model.resolver.resolve(written)
        if isinstance(several, Unknown):
            open_ones.append(resource)
        for node in _items(several if isinstance(several, Sequence) else written):
            target = model.target(node, "account")
            if isinstance(target, str):
                target = _named(model, resource, target)
            if isinstance(target, Resource):
                found.setdefault(target.logical_id, []).append(resource)
            elif isinstance(target, Unknown):
                open_ones.append(resource)
    return found, open_ones


def _named(model: Model, policy: Resource, text: str) -> Resource | Unknown | None:
    """The queue that a URL means, or the bucket that a name means; Unknown for the value of a parameter."""
    if text.removeprefix("${").removesuffix("}") in model.stack.parameters:
        return Unknown("the target is a parameter", policy.origin)
    kind = "AWS::S3::Bucket" if policy.type.startswith("AWS::S3::") else "AWS::SQS::Queue"
    return model.called(kind, text.rpartition("/")[2])


def _items(node: Node | None) -> list[Node]:
    if isinstance(node, Sequence):
        return list(node.items)
    return [node] if node is not None else []


def _lets_roles_in(resource: Resource) -> bool:
    document = resource.properties.get("PolicyDocument") or resource.properties.get("ResourcePolicy")
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    if statements is None:
        return True
    return any(_for_roles(statement) for statement in _items(statements))


def _for_roles(statement: Node) -> bool:
    if not isinstance(statement, Mapping):
        return True
    effect, principal = statement.get("Effect"), statement.get("Principal")
    if isinstance(effect, Scalar) and effect.text == "Deny":
        return False
    if isinstance(principal, Mapping) and set(principal.items) == {"Service"}:
        return False
    return not _for_services(statement.get("Condition"))


def _for_services(condition: Node | None) -> bool:
    if not isinstance(condition, Mapping):
        return False
    keys = [key.lower() for test in condition.items.values() if isinstance(test, Mapping) for key in test.items]
    return any(key.rpartition(":")[2] in _SERVICE_CONDITIONS for key in keys)
