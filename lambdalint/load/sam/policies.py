"""``Policies`` of functions and state machines: managed names, ARNs, documents and SAM policy templates."""

from __future__ import annotations

from typing import Any

from lambdalint.load.nodes import Part, branches, build, intrinsic, is_no_value, is_null
from lambdalint.load.sam.lowering import Cause, Grants, Lowering
from lambdalint.load.sam.tables import managed_arn, policy_template
from lambdalint.load.via import by_policy_template
from lambdalint.source.node import Mapping, Node, Scalar, Sequence


def attach(lowering: Lowering, node: Node | None, role_id: str, cause: Cause) -> Grants:
    """Sort the entries of ``Policies`` into managed and inline ones."""
    attached = Grants()
    if is_null(node) or node is None:
        return attached
    entries = node.items if isinstance(node, Sequence) else [node]
    for index, entry in enumerate(entries):
        _attach_one(lowering, entry, f"{role_id}Policy{index}", cause, attached)
    return attached


def _attach_one(lowering: Lowering, entry: Node, name: str, cause: Cause, attached: Grants) -> None:
    if is_null(entry) or is_no_value(entry):
        return
    match entry:
        case Scalar():
            attached.managed.append(_managed(entry))
        case Mapping() if branches(entry) is not None:
            _attach_branches(lowering, entry, name, cause, attached)
        case Mapping() if intrinsic(entry) is not None:
            attached.managed.append(entry)
        case Mapping():
            attached.inline.extend(_inline(lowering, entry, name, cause))
        case _:
            lowering.gap(f"a policy of {name}", "it is a list; write a name, an ARN, a document or a template", entry)


def _attach_branches(lowering: Lowering, entry: Mapping, name: str, cause: Cause, attached: Grants) -> None:
    """Keep ``Fn::If`` around what each branch comes to; a branch that is a list is kept as a list of ``Fn::If``."""
    parts = branches(entry)
    if parts is None:
        return
    condition, *both = parts
    sides = [Grants(), Grants()]
    for side, node in zip(sides, both, strict=True):
        for index, item in enumerate(node.items if isinstance(node, Sequence) else [node]):
            _attach_one(lowering, item, name if index == 0 else f"{name}x{index}", cause, side)
    for kind in ("managed", "inline"):
        yes, no = getattr(sides[0], kind), getattr(sides[1], kind)
        into: list[Node] = getattr(attached, kind)
        for index in range(max(len(yes), len(no))):
            choice: list[Part] = [
                condition,
                yes[index] if index < len(yes) else {"Ref": "AWS::NoValue"},
                no[index] if index < len(no) else {"Ref": "AWS::NoValue"},
            ]
            into.append(build({"Fn::If": choice}, entry, entry.via))


def _managed(name: Scalar) -> Node:
    arn = None if name.text.startswith("arn:") else managed_arn(name.text)
    return name if arn is None else Scalar(name.document, name.start, name.end, arn, False, name.via)


def _inline(lowering: Lowering, entry: Mapping, name: str, cause: Cause) -> list[Node]:
    if "Statement" in entry:
        return [build({"PolicyName": name, "PolicyDocument": entry}, entry, cause.via)]
    made: list[Node] = []
    for template, values in entry.items.items():
        place = entry.key(template)
        known = policy_template(template)
        if known is None:
            why = "SAM has no policy template of this name; correct the name, or write a policy document with Statement"
            lowering.gap(f"policy {template}", why, place)
            continue
        statement = _fill(known["statement"], values if isinstance(values, Mapping) else None)
        document: dict[str, Part] = {"PolicyName": name, "PolicyDocument": {"Statement": statement}}
        made.append(build(document, place, by_policy_template(template)))
    return made


def _fill(value: Any, values: Mapping | None) -> Part:
    """Put the written values of a template's parameters where the template refers to them."""
    if isinstance(value, list):
        return [_fill(child, values) for child in value]
    if not isinstance(value, dict):
        plain: Part = value
        return plain
    if values is not None and len(value) == 1:
        name = value.get("Ref")
        if isinstance(name, str) and name in values:
            return values.items[name]
    return {key: _fill(child, values) for key, child in value.items()}
