"""The policies of a role: inline ones, those that it names, and those that name it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

from typing import TypeAlias

from lambdalint.load.intrinsics import Absent, Reference, Resolved, Text
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element
from lambdalint.model.model import Model
from lambdalint.model.statement import Statement, managed_statements, parse_statements
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.value import Given, Unknown

ROLE = "AWS::IAM::Role"
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")

#: What a value names: see ``Model.target``.
_Target: TypeAlias = "Resource | str | Unknown | None"


def policies_of(role: Element) -> tuple[tuple[Statement, ...], Unknown | None]:
    """Every statement that is known of a role's policies, and why there may be more."""
    found: list[Statement] = []
    unknown: Unknown | None = None
    for part in (_inline(role), _managed(role), _attached(role)):
        for statements in part:
            if isinstance(statements, Unknown):
                unknown = unknown or statements
            else:
                found += statements
    return tuple(found), unknown


def managed_arns(role: Element) -> list[tuple[Origin, _Target]]:
    """The managed policies that a role names, each with its place."""
    written = role.find("ManagedPolicyArns")
    if isinstance(written, Unknown):
        assert role.origin is not None
        return [(role.origin, written)]
    if not isinstance(written, Sequence):
        return []
    return [(_chosen(role.model, item), role.model.target(item)) for item in written]


_Part: TypeAlias = "list[tuple[Statement, ...] | Unknown]"


def _inline(role: Element) -> _Part:
    written = role.listed("Policies")
    found: _Part = []
    for item in [written] if isinstance(written, Unknown) else written:
        if not isinstance(item, Mapping):
            found.append(_reason(item, role))
        elif (document := item.get("PolicyDocument")) is not None:
            found.append(_parse(role.model, document, f"inline policy of {role.label}"))
    return found


def _reason(item: Resolved, role: Element) -> Unknown:
    if isinstance(item, Unknown):
        return item
    if isinstance(item, Text) and item.why is not None:
        return item.why
    return Unknown(f"a policy of {role.label} is known only after deployment", role.origin)


def _managed(role: Element) -> _Part:
    return [_statements(role.model, place, target) for place, target in managed_arns(role)]


def _statements(model: Model, place: Origin, target: _Target) -> tuple[Statement, ...] | Unknown:
    match target:
        case None:
            return ()
        case Unknown():
            return target
        case str():
            statements = managed_statements(target.replace("arn:${AWS::Partition}:", "arn:aws:"), place)
            return statements if statements is not None else Unknown(f"policy {target} is declared elsewhere", place)
        case Resource():
            document = target.properties.get("PolicyDocument")
            if document is None:
                return Unknown(f"policy {target.logical_id} is not readable", place)
            return _parse(model, document, f"managed policy {target.logical_id}")


def _attached(role: Element) -> _Part:
    attached, open_ones = role.model.kept("policies by role", _by_role)
    own = attached.get(id(role.resource), [])
    found: _Part = []
    for policy in own:
        document = policy.properties.get("PolicyDocument")
        if document is not None:
            found.append(_parse(role.model, document, f"policy {policy.logical_id}"))
    other = next((policy for policy in open_ones if all(policy is not one for one in own)), None)
    if other is not None:
        found.append(Unknown(f"policy {other.logical_id} may be attached to it", other.origin))
    return found


def _by_role(model: Model) -> tuple[dict[int, list[Resource]], list[Resource]]:
    """The policy resources attached to each role (by the identity of its resource), and those with an open target."""
    attached: dict[int, list[Resource]] = {}
    open_ones: list[Resource] = []
    for policy in model.resources(*_ATTACHED):
        targets = _targets(model, policy)
        for target in targets:
            role = model.called(ROLE, target) if isinstance(target, str) else target
            if isinstance(role, Resource):
                own = attached.setdefault(id(role), [])
                if not own or own[-1] is not policy:
                    own.append(policy)
        if any(isinstance(target, Unknown) for target in targets):
            open_ones.append(policy)
    return attached, open_ones


def _targets(model: Model, policy: Resource) -> list[_Target]:
    """What the roles are that a policy resource names: one in ``RoleName``, a list in ``Roles``."""
    if policy.type == "AWS::IAM::RolePolicy":
        return [model.target(policy.properties.get("RoleName"))]
    found = model.resolver.items(policy.properties.get("Roles"))
    if isinstance(found, list):
        return [model.target(node) for node in found]
    return [found] if isinstance(found, Unknown) else []


def _chosen(model: Model, item: Node) -> Origin:
    """Where the policy of an entry is written: inside the ``Fn::If``, if there is one."""
    found = model.resolver.resolve(item)
    match found:
        case Reference() | Text():
            inner = found.origin
        case Scalar() if found.via is None or item.via is not None:
            inner = found
        case _:
            return item
    within = item.document is inner.document and item.start <= inner.start and inner.end <= item.end
    return inner if within else item


def _parse(model: Model, document: Node, label: str) -> tuple[Statement, ...]:
    resolver = model.resolver

    def text_of(node: Node) -> Given[str] | Unknown | None:
        found = resolver.pattern(node)
        if isinstance(found, tuple):
            return Given(found[0], node)
        return None if isinstance(found, Absent) else found

    def resolve(node: Node) -> Node | Unknown | None:
        found = resolver.resolve(node)
        if isinstance(found, (Unknown, Mapping, Sequence)):
            return found
        return None if isinstance(found, Absent) else node

    return parse_statements(document, text_of, label, resolve)
