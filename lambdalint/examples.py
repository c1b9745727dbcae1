"""Examples of rules, judged exactly as templates are: what ``lambdalint test`` and the library's own tests run."""

from __future__ import annotations

from datetime import date

from lambdalint.check.engine import judge
from lambdalint.check.finding import Finding, Undecided
from lambdalint.check.fixes import edits_of
from lambdalint.load.stack import Stack
from lambdalint.model.model import Settings
from lambdalint.rule.example import Example, Judged
from lambdalint.rule.rule import Rule
from lambdalint.run import build_in, info_of, load_document
from lambdalint.source.edit import apply
from lambdalint.source.folder import DictFolder
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Document
from lambdalint.source.read import parse

#: Examples that name no date are judged as of this day, so that they do not change with the calendar.
AS_OF = date(2026, 11, 21)


class ExampleError(Exception):
    """An example that cannot be judged: its template is malformed or of a dialect that is not read."""


def judge_example(rule: Rule, example: Example) -> Judged:
    """What a rule says about one of its examples.

    Raises:
        ExampleError: the example's text is no template.
    """
    findings, undecided, document = verdicts(rule, example)
    edits = edits_of(findings, unsafe=True).get(document)
    return Judged(
        findings=tuple(
            (finding.place.origin.line if finding.place is not None else 0, finding.message) for finding in findings
        ),
        undecided=tuple(item.why for item in undecided),
        fixed=apply(document.text, edits) if edits else None,
    )


def _live(document: Document) -> Stack:
    """The stack in recorded answers; resources stand where their records are written."""
    from lambdalint.load.aws.recorded import RecordError, recorded
    from lambdalint.load.aws.shape import stack_of

    root = parse(document)
    try:
        return stack_of(recorded([("", root)] if root is not None else [], placed=True))
    except RecordError as error:
        raise ExampleError(str(error)) from None


def verdicts(rule: Rule, example: Example) -> tuple[list[Finding], list[Undecided], Document]:
    """The findings and open questions of a rule about an example, and the document that it made.

    Raises:
        ExampleError: the example's text is no template.
    """
    as_of = date.fromisoformat(example.as_of) if example.as_of is not None else AS_OF
    settings = Settings(as_of=as_of, parameters=dict(example.parameters))
    document = Document("template.yaml", example.text)
    try:
        stack = _live(document) if example.dialect == "aws" else load_document(document, settings)
    except SourceError as error:
        raise ExampleError(f"{example.name}: line {error.line}: {error.message}") from None
    if stack is None or isinstance(stack, Gap):
        raise ExampleError(f"{example.name}: {'it is no template' if stack is None else stack.why}")
    if stack.dialect != example.dialect:
        raise ExampleError(f"{example.name}: it is a {stack.dialect} template, not {example.dialect}")
    configured = rule.configured(example.options)
    found = list(judge([(configured, info_of(configured))], build_in(stack, settings, DictFolder(example.files))))
    findings = [item for item in found if isinstance(item, Finding)]
    return findings, [item for item in found if isinstance(item, Undecided)], document
