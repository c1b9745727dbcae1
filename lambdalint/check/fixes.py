"""Fixes: where the value that a rule wants to set is written, and the edit that sets it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lambdalint.check.finding import Edit, Finding, Fix
from lambdalint.model.element import Element
from lambdalint.rule.rule import Rule
from lambdalint.source.node import Document, Mapping
from lambdalint.source.value import Default, Given, Unknown

if TYPE_CHECKING:
    from lambdalint.source.edit import TextEdit


def fix_for(rule: Rule, env: dict[str, Any]) -> Fix | None:
    """The fix of a finding, or None where the value is not one person's to set (a parameter, a shared default)."""
    if rule.fix is None:
        return None
    target = rule.fix.set.target(env)
    wanted = rule.fix.to.evaluate(env).value
    if target is None or isinstance(wanted, Unknown):
        return None
    if isinstance(target.thing, Element) and target.thing.model.live:
        # There is no text to edit; the advice says what to change.
        return None
    edit = _edit(target.value, target.thing, wanted)
    if edit is None:
        return None
    shown = wanted if not isinstance(wanted, float) or not wanted.is_integer() else int(wanted)
    title = rule.fix.title.render(env) if rule.fix.title is not None else f"set {target.fact} to {shown}"
    return Fix(title, rule.fix.safe, (Edit(edit.document, edit.start, edit.end, edit.text),))


def _edit(value: object, thing: object, wanted: Any) -> TextEdit | None:
    from lambdalint.source.edit import insert_entry, replace_scalar

    if isinstance(wanted, float) and wanted.is_integer():
        wanted = int(wanted)
    try:
        match value:
            case Given(origin=origin, literal=None) if origin.via is None:
                return replace_scalar(origin, wanted)
            case Default(path=(name,)) if isinstance(thing, Element):
                properties = _written_properties(thing)
                return insert_entry(properties, name, wanted) if properties is not None else None
    except ValueError:
        # The text has no safe place for it: the finding stays, without a fix.
        return None
    return None


def _written_properties(thing: Element) -> Mapping | None:
    """The ``Properties`` that a person wrote for a resource; None for generated resources."""
    resource = thing.resource
    if resource is None or resource.via is not None or resource.origin.document.root is None:
        return None
    root = resource.origin.document.root
    resources = root.get("Resources") if isinstance(root, Mapping) else None
    written = resources.get(resource.logical_id) if isinstance(resources, Mapping) else None
    properties = written.get("Properties") if isinstance(written, Mapping) else None
    return properties if isinstance(properties, Mapping) else None


def edits_of(findings: Iterable[Finding], unsafe: bool = False) -> dict[Document, list[TextEdit]]:
    """The edits of all fixes by document; of two that overlap the first wins, the other waits for the next run."""
    from lambdalint.source.edit import TextEdit

    found: dict[Document, list[TextEdit]] = {}
    for finding in findings:
        if finding.fix is None or not (finding.fix.safe or unsafe):
            continue
        edits = [TextEdit(edit.document, edit.start, edit.end, edit.text) for edit in finding.fix.edits]
        taken = found.setdefault(edits[0].document, [])
        if all(edit in taken or not any(_overlap(edit, other) for other in taken) for edit in edits):
            taken += [edit for edit in edits if edit not in taken]
    return {document: edits for document, edits in found.items() if edits}


def _overlap(one: TextEdit, other: TextEdit) -> bool:
    return one.start <= other.end and other.start <= one.end
