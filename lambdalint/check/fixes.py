"""Fixes: where the value that a rule wants to set is written, and the edit that sets it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lambdalint.check.finding import Edit, Finding, Fix
from lambdalint.model.element import Element
from lambdalint.rule.rule import Rule
from lambdalint.source.node import Document, Mapping, Origin
from lambdalint.source.value import Default, Given, Unknown

if TYPE_CHECKING:
    from lambdalint.source.edit import TextEdit


def fix_for(rule: Rule, env: dict[str, Any], arn: str | None = None) -> Fix | None:
    """The fix of a finding, or None where the value is not one person's to set (a parameter, a shared default). What is
    deployed (and has an ARN) has no text: there it is a command."""
    if arn is not None:
        return _command_for(rule, env, arn)
    if rule.fix is None:
        return None
    target = rule.fix.set.target(env)
    wanted = rule.fix.to.evaluate(env).value
    if target is None or isinstance(wanted, Unknown):
        return None
    edit = _edit(target.value, target.thing, wanted)
    if edit is None:
        return None
    shown = wanted if not isinstance(wanted, float) or not wanted.is_integer() else int(wanted)
    title = rule.fix.title.render(env) if rule.fix.title is not None else f"set {target.fact} to {shown}"
    edits = (Edit(edit.document, edit.start, edit.end, edit.text),)
    return Fix(title, rule.fix.safe, edits, _change(target.value, wanted))


def _command_for(rule: Rule, env: dict[str, Any], arn: str) -> Fix | None:
    if rule.command is None:
        return None
    from lambdalint.rule.command import render_command

    command = render_command(rule.command, env, arn)
    return Fix(command, False, (), command=command) if command is not None else None


def _change(value: object, wanted: Any) -> tuple[float, float] | None:
    before = value.value if isinstance(value, (Given, Default)) else None
    numbers = [item for item in (before, wanted) if isinstance(item, (int, float)) and not isinstance(item, bool)]
    return (float(numbers[0]), float(numbers[1])) if len(numbers) == 2 else None


def _edit(value: object, thing: object, wanted: Any) -> TextEdit | None:
    from lambdalint.source.edit import insert_entry, replace_scalar

    if isinstance(wanted, float) and wanted.is_integer():
        wanted = int(wanted)
    try:
        match value:
            case Given(origin=origin, literal=None) if origin.via is None and not _is_shared(origin):
                return replace_scalar(origin, wanted)
            case Default(path=(name,)) if isinstance(thing, Element):
                properties = _written_properties(thing)
                if properties is None or _is_shared(properties):
                    return None
                return insert_entry(properties, name, wanted)
    except ValueError:
        # The text has no safe place for it: the finding stays, without a fix.
        return None
    return None


def _is_shared(place: Origin) -> bool:
    """Whether a change of the value at a place would change others, which an alias repeats."""
    return place.document.is_shared(place.start, place.end)


def _written_properties(thing: Element) -> Mapping | None:
    """The ``Properties`` that a person wrote for a resource; None for generated resources."""
    resource = thing.resource
    if resource is None or resource.via is not None or resource.origin.document.root is None:
        return None
    if thing.model.stack.dialect == "serverless":
        return resource.properties  # those of generated resources say so, and take no new entry
    root = resource.origin.document.root
    resources = root.get("Resources") if isinstance(root, Mapping) else None
    written = resources.get(resource.logical_id) if isinstance(resources, Mapping) else None
    properties = written.get("Properties") if isinstance(written, Mapping) else None
    return properties if isinstance(properties, Mapping) else None


def edits_of(findings: Iterable[Finding], unsafe: bool = False) -> dict[Document, list[TextEdit]]:
    """The edits of all fixes by document. Of several that move one number the same way, the furthest satisfies all of
    them; of others that overlap the first wins, the rest waits for the next run."""
    from lambdalint.source.edit import TextEdit

    found: dict[Document, list[TextEdit]] = {}
    fixes = [one.fix for one in findings if one.fix is not None and one.fix.edits]
    for fix in _furthest([fix for fix in fixes if fix.safe or unsafe]):
        edits = [TextEdit(edit.document, edit.start, edit.end, edit.text) for edit in fix.edits]
        taken = found.setdefault(edits[0].document, [])
        if all(edit in taken or not any(_overlap(edit, other) for other in taken) for edit in edits):
            taken += [edit for edit in edits if edit not in taken]
    return {document: edits for document, edits in found.items() if edits}


def _furthest(fixes: list[Fix]) -> list[Fix]:
    """The fixes, each that moves a number replaced by the one that moves the same number furthest that way."""
    best: dict[tuple[object, ...], Fix] = {}
    for fix in fixes:
        key = _number(fix)
        known = best.get(key) if key is not None else None
        if key is not None and (known is None or _distance(fix) > _distance(known)):
            best[key] = fix
    return [fix if (key := _number(fix)) is None else best[key] for fix in fixes]


def _number(fix: Fix) -> tuple[object, ...] | None:
    """Which number a fix moves, and which way; None for other fixes."""
    if fix.change is None or len(fix.edits) != 1:
        return None
    (edit,) = fix.edits
    before, after = fix.change
    # An inserted text names its property too: only the number in it may differ.
    around = edit.text.replace(str(int(after) if after.is_integer() else after), "", 1)
    return id(edit.document), edit.start, edit.end, around, after > before


def _distance(fix: Fix) -> float:
    assert fix.change is not None
    return abs(fix.change[1] - fix.change[0])


def _overlap(one: TextEdit, other: TextEdit) -> bool:
    return one.start <= other.end and other.start <= one.end
