"""Policy statements, read from a policy document of any shape.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from lambdalint.data import iam
from lambdalint.record import record
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence, make
from lambdalint.source.value import Given, Unknown

TextOf: TypeAlias = Callable[[Node], Given[str] | Unknown | None]
Resolve: TypeAlias = Callable[[Node], Node | Unknown | None]

_MAX_DEPTH = 8


@record
class Pattern:
    """An action, resource or principal as a policy names it.

    ``text`` is canonical (``${Queue.Arn}`` for what is known only at deployment, ``${?}`` for what could be anything,
    ``*`` and ``?`` as IAM reads them). ``known`` is False where nothing at all is known: it may match anything.
    """

    text: str
    known: bool
    origin: Origin


@record
class Principal:
    """Who a statement of a resource or trust policy speaks of.

    ``kind`` is ``AWS``, ``Service``, ``Federated``, ``CanonicalUser``, or ``*`` for everyone; ``negated`` says that the
    statement is about everyone else (``NotPrincipal``).
    """

    kind: str
    pattern: Pattern
    negated: bool = False


@record
class Statement:
    """One statement of a policy.

    ``effect`` is None where it is not known. ``label`` says where the statement comes from, as a phrase: "inline policy
    of Worker", "managed policy AmazonS3FullAccess", "policy template SQSPollerPolicy". ``condition_keys`` are the keys
    of its ``Condition``, as written (``aws:SourceArn``). ``by_aws``: it is one of an AWS managed policy.
    """

    effect: Literal["Allow", "Deny"] | None
    actions: tuple[Pattern, ...]
    not_actions: tuple[Pattern, ...]
    resources: tuple[Pattern, ...]
    not_resources: tuple[Pattern, ...]
    conditioned: bool
    principals: tuple[Principal, ...]
    origin: Origin
    label: str
    condition_keys: tuple[str, ...] = ()
    by_aws: bool = False


def literal_text(node: Node) -> Given[str] | Unknown:
    """The text of a literal: what ``parse_statements`` needs for a document without intrinsic functions."""
    return Given(node.text, node) if isinstance(node, Scalar) else Unknown("a text was expected here", node)


def as_written(node: Node) -> Node | Unknown:
    """A node as it stands; an intrinsic function counts as unknown."""
    if isinstance(node, Mapping) and len(node) == 1 and next(iter(node)).startswith(("Fn::", "Ref")):
        return Unknown("it depends on an intrinsic function", node)
    return node


def parse_statements(policy: Node, text_of: TextOf, label: str, resolve: Resolve = as_written) -> tuple[Statement, ...]:
    """The statements of a policy document (or of a bare list of statements, or one statement).

    ``text_of`` gives the canonical text of a value; ``resolve`` evaluates the outermost intrinsic function of a value
    (a statement behind ``Fn::If``). Both answer None for ``AWS::NoValue``. What cannot be known becomes a statement or
    pattern that may match anything; what has no sensible shape is left out, as IAM refuses it at deployment.
    """
    return tuple(_statements(policy, _Reader(text_of, resolve, label), 0))


def managed_statements(name_or_arn: str, origin: Origin) -> tuple[Statement, ...] | None:
    """The statements of an AWS managed policy, all standing at ``origin``; None for a policy that is not known."""
    statements = iam.managed_policy(name_or_arn)
    if statements is None:
        return None
    name = name_or_arn.rpartition("/")[2]
    reader = _Reader(literal_text, as_written, f"managed policy {name}", by_aws=True)
    return tuple(_statements(make(list(statements), origin), reader, 0))


@record
class _Reader:
    text_of: TextOf
    resolve: Resolve
    label: str
    by_aws: bool = False


def _statements(node: Node, reader: _Reader, depth: int) -> Iterator[Statement]:
    found = reader.resolve(node)
    if depth > _MAX_DEPTH:
        found = Unknown("the policy is nested too deeply", node)
    match found:
        case Unknown():
            yield _unknown(node, reader.label)
        case Sequence():
            for item in found:
                yield from _statements(item, reader, depth + 1)
        case Mapping() if "Statement" in found:
            yield from _statements(found.items["Statement"], reader, depth + 1)
        case Mapping() if "Effect" in found or "Action" in found or "NotAction" in found:
            yield _statement(found, reader)
        case _:
            return


def _unknown(origin: Origin, label: str) -> Statement:
    anything = (Pattern("", False, origin),)
    return Statement(None, anything, (), anything, (), False, (), origin, label)


def _statement(node: Mapping, reader: _Reader) -> Statement:
    def patterns(key: str) -> tuple[Pattern, ...]:
        value = node.get(key)
        return () if value is None else tuple(_patterns(value, reader, 0))

    conditioned, keys = _conditions(node.get("Condition"), reader)
    return Statement(
        effect=_effect(node.get("Effect"), reader),
        actions=patterns("Action"),
        not_actions=patterns("NotAction"),
        resources=patterns("Resource"),
        not_resources=patterns("NotResource"),
        conditioned=conditioned,
        principals=(
            *_principals(node.get("Principal"), reader, False),
            *_principals(node.get("NotPrincipal"), reader, True),
        ),
        origin=node,
        label=reader.label,
        condition_keys=keys,
        by_aws=reader.by_aws,
    )


def _effect(node: Node | None, reader: _Reader) -> Literal["Allow", "Deny"] | None:
    found = reader.text_of(node) if node is not None else None
    if isinstance(found, Given):
        if found.value == "Allow":
            return "Allow"
        if found.value == "Deny":
            return "Deny"
    return None


def _patterns(node: Node, reader: _Reader, depth: int) -> Iterator[Pattern]:
    found = reader.resolve(node)
    if isinstance(found, Sequence) and depth < _MAX_DEPTH:
        for item in found:
            yield from _patterns(item, reader, depth + 1)
        return
    match reader.text_of(node):
        case Given(value=text, origin=origin):
            yield Pattern(text, True, origin)
        case Unknown():
            yield Pattern("", False, node)
        case None:
            return


def _conditions(node: Node | None, reader: _Reader) -> tuple[bool, tuple[str, ...]]:
    """Whether there is a condition, and its keys."""
    found = reader.resolve(node) if node is not None else None
    match found:
        case Mapping():
            keys = [key for operator in found.items.values() if isinstance(operator, Mapping) for key in operator]
            return bool(found.items), tuple(dict.fromkeys(keys))
        case None | Scalar():
            return False, ()
        case _:
            return True, ()


def _principals(node: Node | None, reader: _Reader, negated: bool) -> Iterator[Principal]:
    if node is None:
        return
    found = reader.resolve(node)
    match found:
        case None:
            return
        case Mapping():
            for kind, value in found.items.items():
                for pattern in _patterns(value, reader, 0):
                    everyone = kind == "AWS" and pattern.text == "*"
                    yield Principal("*" if everyone else kind, pattern, negated)
        case Scalar(text="*"):
            yield Principal("*", Pattern("*", True, found), negated)
        case _:
            yield Principal("*", Pattern("", False, node), negated)
