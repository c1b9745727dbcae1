"""Suppressions: comments, metadata, config and the baseline. Nothing suppressed is lost; unused ones are reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

from lambdalint.check.finding import Finding, Notice, Place, Suppressed
from lambdalint.check.scope import Scope
from lambdalint.load.stack import Stack
from lambdalint.record import record
from lambdalint.source.node import Document, Mapping, Node, Origin, Scalar
from lambdalint.source.node import Sequence as SequenceNode

#: What means to be a suppression, and what is one: nothing is suppressed by a slip of the pen.
_MEANT = r"lambdalint:\s*ignore"
_NAME = r"\s*(?:\*|[\w.-]+)\s*"
_COMMENT = rf"(?s){_MEANT}\[({_NAME}(?:,{_NAME})*)\]\s*(.*)"
_FORMS = {
    "comment": "write `# lambdalint: ignore[RULE] reason`",
    "metadata": "write `Metadata: {lambdalint: {ignore: {RULE: reason}}}`",
}


@record
class Exemption:
    """A suppression of the config file: by rule (glob), path (glob) and resource (glob), with an optional last day."""

    rules: tuple[str, ...]
    paths: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)
    reason: str = ""
    until: date | None = None

    def covers(self, finding: Finding, path: str) -> bool:
        """Whether it names a finding; ``path`` is what the finding's file is called ("" where there is none)."""
        subject = finding.subject
        # Things of an account have no logical id: their ARN names them, and the function that they belong to.
        names = [subject.logical_id or "", *((subject.arn, subject.function or "") if subject.arn else ())]
        rule_names = (finding.rule.id, *finding.rule.aliases)
        return (
            any(
                rule == finding.rule.category or any(fnmatchcase(name, rule) for name in rule_names)
                for rule in self.rules
            )
            and any(fnmatchcase(path, pattern) for pattern in self.paths)
            and any(fnmatchcase(name, pattern) for name in names for pattern in self.resources)
        )


@record
class Mark:
    """A suppression in a template: where it stands and what it covers. Without rules it is malformed."""

    by: str
    rules: tuple[str, ...]
    reason: str
    place: Origin
    line: int | None = None
    logical_id: str | None = None
    #: The function of an account whose tag it is.
    arn: str | None = None

    @property
    def owner(self) -> str:
        """Whose it is, where no line of a file says so: `` (in a tag of arn:...)``."""
        return f" (in a tag of {self.arn})" if self.arn else ""


def marks_of(stack: Stack) -> list[Mark]:
    """Every suppression that one template holds."""
    return [mark for marks in _by_document([stack]).values() for mark in marks]


def _by_document(stacks: Iterable[Stack]) -> dict[int, list[Mark]]:
    """Every suppression that templates hold, in their own texts and in the files that they include, by document."""
    found: dict[int, list[Mark]] = {}
    for stack in stacks:
        for document in (stack.document, *stack.sources):
            if id(document) not in found:
                found[id(document)] = _comment_marks(document)
        for mark in _metadata_marks(stack):
            found.setdefault(id(mark.place.document), []).append(mark)
    return found


def _comment_marks(document: Document) -> list[Mark]:
    if "lambdalint" not in document.text:
        return []
    from lambdalint.source.comment import comments

    found: list[Mark] = []
    for comment in comments(document):
        if re.search(_MEANT, comment.text) is None:
            continue
        start = document.line_starts[comment.line - 1] + comment.column - 1
        place = Origin(document, start, start + len(comment.text))
        match = re.search(_COMMENT, comment.text)
        if match is None:
            found.append(Mark("comment", (), "", place))
            continue
        rules = tuple(rule.strip() for rule in match[1].split(","))
        # A comment on a line of its own speaks of the next line that is not a comment.
        line = comment.line
        while comment.own_line and line <= len(document.line_starts):
            line += 1
            text = document.line(line).strip()
            if text and not text.startswith("#"):
                break
        found.append(Mark("comment", rules, match[2].strip(), place, line=line))
    return found


def _metadata_marks(stack: Stack) -> list[Mark]:
    found: list[Mark] = []
    for resource in stack.resources.values():
        if resource.via is not None or resource.metadata is None:
            continue
        own = resource.metadata.get("lambdalint")
        ignored = own.get("ignore") if isinstance(own, Mapping) else None
        for rule, reason, place in _ignored(ignored):
            rules = (rule,) if rule else ()
            arn = resource.arn if stack.document.path is None else None
            found.append(Mark("metadata", rules, reason, place, logical_id=resource.logical_id, arn=arn))
    return found


def _ignored(node: Node | None) -> Iterable[tuple[str, str, Origin]]:
    if isinstance(node, Mapping):
        for rule, reason in node.items.items():
            yield rule, reason.text if isinstance(reason, Scalar) else "", node.key(rule).at()
    elif isinstance(node, SequenceNode):
        for item in node:
            if isinstance(item, Scalar):
                yield item.text, "", item.at()
    elif isinstance(node, Scalar):
        yield "", "", node.at()


def settle(
    findings: Iterable[Finding],
    stacks: Sequence[Stack],
    exemptions: Sequence[Exemption],
    today: date,
    known_rules: frozenset[str],
    scope: Scope | None = None,
) -> tuple[list[Finding], list[Suppressed], list[Notice]]:
    """Split findings into those that stand and those suppressed, and say which suppressions are idle or expired.

    Only what the run looked at shows that one is idle; without a scope that is everything.
    """
    scope = scope or Scope()
    marks = _by_document(stacks)
    key_lines = {
        (id(resource.origin.document), resource.logical_id): resource.origin.line
        for stack in stacks
        for resource in stack.resources.values()
        if marks.get(id(resource.origin.document))
    }
    used: set[int] = set()
    standing: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        place = finding.place
        mark = None
        if place is not None:
            own = marks.get(id(place.origin.document), ())
            hits = [mark for mark in own if _covers(mark, finding, key_lines)]
            used.update(id(hit) for hit in hits)
            mark = hits[0] if hits else None
        if mark is not None:
            suppressed.append(Suppressed(finding, mark.by, mark.reason))
            continue
        path = place.origin.document.path if place is not None else None
        named = scope.name(path) if exemptions and path is not None else ""
        covering = [entry for entry in exemptions if entry.covers(finding, named)]
        if covering:
            # One that expired neither hides a later one that holds, nor makes the finding count again beside it.
            valid = [entry for entry in covering if entry.until is None or entry.until >= today]
            exemption = (valid or covering)[0]
            used.add(id(exemption))
            if valid:
                suppressed.append(Suppressed(finding, "config", exemption.reason))
                continue
        standing.append(finding)
    notices = _mark_notices(marks.values(), used, known_rules, scope)
    notices += _exemption_notices(exemptions, used, today, scope)
    return standing, suppressed, notices


def _covers(mark: Mark, finding: Finding, key_lines: dict[tuple[int, str], int]) -> bool:
    if not any(
        rule in {"*", finding.rule.id, finding.rule.category} or rule in finding.rule.aliases for rule in mark.rules
    ):
        return False
    assert finding.place is not None
    if mark.logical_id is not None:
        inside = f"{finding.place.pointer}/".startswith(f"/Resources/{mark.logical_id}/")
        return inside or mark.logical_id in {finding.subject.logical_id, finding.subject.function}
    document = finding.place.origin.document
    lines = {place.origin.line for place in (finding.place, *finding.related) if place.origin.document is document}
    last = document.position(max(finding.place.origin.start, finding.place.origin.end - 1))[0]
    if last - finding.place.origin.line <= 3:
        lines.update(range(finding.place.origin.line, last + 1))
    for name in (finding.subject.logical_id, finding.subject.function):
        if name is not None:
            lines.add(key_lines.get((id(document), name), 0))
    return mark.line in lines


def _mark_notices(
    groups: Iterable[list[Mark]], used: set[int], known_rules: frozenset[str], scope: Scope
) -> list[Notice]:
    notices: list[Notice] = []
    for marks in groups:
        for mark in marks:
            strangers = [rule for rule in mark.rules if rule != "*" and rule not in known_rules]
            if not mark.rules:
                notices.append(
                    Notice(f"malformed suppression, which suppresses nothing: {_FORMS[mark.by]}", Place(mark.place))
                )
            elif strangers:
                notices.append(
                    Notice(
                        f"suppression names no rule of this run: {', '.join(strangers)}{mark.owner}", Place(mark.place)
                    )
                )
            elif id(mark) not in used and scope.everywhere and all(map(scope.ran, mark.rules)):
                idle = f"unused suppression of {', '.join(mark.rules)}{mark.owner}: remove it"
                notices.append(Notice(idle, Place(mark.place)))
    return notices


def _exemption_notices(exemptions: Sequence[Exemption], used: set[int], today: date, scope: Scope) -> list[Notice]:
    notices: list[Notice] = []
    for entry in exemptions:
        names = ", ".join(entry.rules)
        if entry.until is not None and entry.until < today and id(entry) in used:
            notices.append(
                Notice(f"the suppression of {names} in the config expired on {entry.until}: its findings count again")
            )
        elif id(entry) not in used and _looked_for(entry, scope):
            notices.append(Notice(f"unused suppression of {names} in the config: remove it"))
    return notices


def _looked_for(entry: Exemption, scope: Scope) -> bool:
    if not (scope.everywhere and all(map(scope.ran, entry.rules))):
        return False
    # A template's resources and an account's are named alike unless an ARN tells which are meant.
    live = all(pattern.startswith("arn:") for pattern in entry.resources)
    if live or scope.pairs is not None:
        return live and all(map(scope.saw_thing, entry.resources))
    return all(map(scope.saw_all, entry.paths))
