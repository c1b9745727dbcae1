"""A rule file to a ``Rule``: read, checked against the schema, and every expression checked against the model.

All mistakes of a file are reported together, each with its line and the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lambdalint.model.thing import Thing
from lambdalint.rule.error import RuleError, RuleFileError, did_you_mean
from lambdalint.rule.example import Example
from lambdalint.rule.expression import Expression, compile_expression
from lambdalint.rule.message import Message, compile_message
from lambdalint.rule.mistake import locate, mistakes
from lambdalint.rule.rule import CATEGORIES, Option, Rule, RuleFix
from lambdalint.source.gap import SourceError
from lambdalint.source.node import Document, Node, Scalar
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Sequence as SequenceNode

if TYPE_CHECKING:
    from lambdalint.rule.schema import ExampleFile, FixFile, RuleFile

T = TypeVar("T")
_MARK = re.compile(r"[ \t]*# finding[ \t]*$", re.MULTILINE)
#: What ids of rules look like.
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def load_file(path: Path, kinds: Mapping[str, type[Thing]] | None = None, name: str | None = None) -> Rule:
    """The rule in a file; ``name`` is what messages call the file, ``kinds`` what ``for:`` may name (the model's).

    Raises:
        RuleFileError: the file cannot be read or is no valid rule.
    """
    from lambdalint.source.read import read_document

    try:
        document = read_document(path, name)
    except SourceError as error:
        raise RuleFileError([_of_source(error)]) from None
    return load_text(document, path.stem, path.resolve().parent.name, kinds)


def load_text(document: Document, rule_id: str, category: str, kinds: Mapping[str, type[Thing]] | None = None) -> Rule:
    """The rule in a document.

    Raises:
        RuleFileError: the document is no valid rule.
    """
    from lambdalint.source.scalar import to_json
    from lambdalint.source.yaml import parse_yaml

    try:
        root = parse_yaml(document)
    except SourceError as error:
        raise RuleFileError([_of_source(error)]) from None
    if not isinstance(root, MappingNode):
        raise RuleFileError([RuleError("a rule is a map with title, severity, for, require, ...", document.path, 1)])
    repeats = [
        RuleError(f"'{key.text}' is written twice; keep one", document.path, key.line) for key in _repeated(root)
    ]
    if repeats:
        raise RuleFileError(repeats)

    from pydantic import ValidationError

    from lambdalint.rule.schema import RuleFile

    try:
        parsed = RuleFile.model_validate(to_json(root))
    except ValidationError as error:
        raise RuleFileError(mistakes(error, root)) from None
    if kinds is None:
        from lambdalint.model.kinds import THINGS

        kinds = THINGS
    return _Builder(root, parsed, kinds).rule(rule_id, category)


def _repeated(root: Node) -> Iterator[Scalar]:
    rest = [root]
    while rest:
        node = rest.pop()
        if isinstance(node, MappingNode):
            yield from (key for key, _ in node.duplicates)
            rest += node.items.values()
        elif isinstance(node, SequenceNode):
            rest += node.items


def _of_source(error: SourceError) -> RuleError:
    return RuleError(error.message, error.path, error.line)


class _Builder:
    """Collects what is wrong with a file while it makes the rule."""

    def __init__(self, root: MappingNode, parsed: RuleFile, kinds: Mapping[str, type[Thing]]) -> None:
        self.root = root
        self.parsed = parsed
        self.kinds = kinds
        self.errors: list[RuleError] = []
        self.options: dict[str, Option] = {name: _option(value) for name, value in parsed.options.items()}
        self.types = {name: type(value) for name, value in self.options.items()}
        self.scope = {parsed.kind: kinds[parsed.kind]} if parsed.kind in kinds else {}

    def fail(self, message: str, *field: str | int) -> None:
        origin = locate(self.root, field)
        self.errors.append(RuleError(message, origin.document.path, origin.line))

    def rule(self, rule_id: str, category: str) -> Rule:
        parsed = self.parsed
        if not ID.fullmatch(rule_id):
            self.fail(f"the file's name '{rule_id}' is the rule's id, so it is written in kebab-case")
        if category not in CATEGORIES:
            self.fail(f"the folder '{category}' is not a category{did_you_mean(category, CATEGORIES)}")
        if parsed.kind not in self.kinds:
            near = did_you_mean(parsed.kind, self.kinds)
            self.fail(f"for: there is no kind of thing '{parsed.kind}'{near}", "for")
            raise RuleFileError(self.errors)
        rule = Rule(
            id=rule_id,
            category=category,
            path=self.root.document.path,
            title=parsed.title,
            severity=parsed.severity,
            confidence=parsed.confidence,
            since=parsed.since,
            kind=parsed.kind,
            when=self.expression(parsed.when, "when", wants="boolean"),
            require=self.expression(parsed.require, "require", wants="boolean"),
            message=self.message(parsed.message, "message"),
            why=parsed.why,
            status=parsed.status,
            aliases=tuple(parsed.aliases),
            tags=tuple(parsed.tags),
            references=tuple(parsed.references),
            advice=self.message(parsed.advice, "advice") if parsed.advice is not None else None,
            advice_in={dialect: self.message(text, "advice-in", dialect) for dialect, text in parsed.advice_in.items()},
            at=self.expression(parsed.at, "at") if parsed.at is not None else None,
            fix=self.fix(parsed.fix) if parsed.fix is not None else None,
            command=self.command(parsed.command) if parsed.command is not None else None,
            options=self.options,
            examples=tuple(self.examples()),
        )
        if not self.errors:
            for name in sorted(set(self.options) - options_read(rule)):
                self.fail(f"option '{name}' is never used; use it as option.{name} or remove it", "options", name)
        if self.errors:
            raise RuleFileError(sorted(self.errors, key=lambda error: error.line or 0))
        return rule

    def checked(self, make: Callable[[], T], otherwise: T, *field: str) -> T:
        try:
            return make()
        except RuleError as error:
            self.fail(f"{'.'.join(field)}: {error.message}", *field)
            return otherwise

    def expression(self, text: str, *field: str, wants: str | None = None) -> Expression:
        return self.checked(
            lambda: compile_expression(text, self.scope, self.types, wants=wants), Expression("True"), *field
        )

    def message(self, text: str, *field: str) -> Message:
        return self.checked(lambda: compile_message(text, self.scope, self.types), Message(""), *field)

    def command(self, text: str) -> Message:
        from lambdalint.rule.command import check_command

        command = self.message(text, "command")
        self.checked(lambda: check_command(command), None, "command")
        return command

    def fix(self, fix: FixFile) -> RuleFix:
        return RuleFix(
            set=self.expression(fix.set, "fix", "set", wants="fact"),
            to=self.expression(fix.to, "fix", "to"),
            safe=fix.safe,
            title=self.message(fix.title, "fix", "title") if fix.title is not None else None,
        )

    def examples(self) -> Iterator[Example]:
        written = self.parsed.examples
        for index, example in enumerate(written.fail):
            yield self.example("fail", index, example)
        for index, example in enumerate(written.passing):
            yield self.example("pass", index, example)
        for index, example in enumerate(written.undecided):
            yield self.example("undecided", index, example)

    def example(self, verdict: Any, index: int, example: ExampleFile) -> Example:
        marked = getattr(example, example.dialect)
        text, lines = unmarked(marked)
        place = ("examples", verdict, index)
        if verdict == "fail" and not lines:
            self.fail("a fail example marks the line of each finding with the comment '# finding'", *place)
        if verdict != "fail" and lines:
            self.fail(f"a line of a {verdict} example is marked '# finding'; move it to fail", *place)
        if example.fixed is not None and (verdict != "fail" or self.parsed.fix is None):
            self.fail("'fixed' belongs to a fail example of a rule that has a fix", *place, "fixed")
        for name in example.options:
            if name not in self.options:
                self.fail(f"the rule has no option '{name}'{did_you_mean(name, self.options)}", *place, "options", name)
        return Example(
            verdict=verdict,
            number=index + 1,
            dialect=example.dialect,
            text=text,
            lines=lines,
            fixed=example.fixed,
            parameters={name: _parameter(value) for name, value in example.parameters.items()},
            options={name: _option(value) for name, value in example.options.items()},
            files=example.files,
            as_of=example.as_of.isoformat() if example.as_of is not None else None,
            note=example.note,
            line=locate(self.root, place).line,
        )


def options_read(rule: Rule) -> set[str]:
    """The options that some expression of the rule uses."""
    from lambdalint.rule.grammar import options_in

    expressions = [rule.when, rule.require]
    expressions += [rule.at] if rule.at is not None else []
    messages = list(rule.messages)
    if rule.fix is not None:
        expressions += [rule.fix.set, rule.fix.to]
        messages += [rule.fix.title] if rule.fix.title is not None else []
    expressions += [part for message in messages for part in message.parts if isinstance(part, Expression)]
    return {name for expression in expressions for name in options_in(expression.tree)}


def unmarked(text: str) -> tuple[str, tuple[int, ...]]:
    """An example without its ``# finding`` marks, and the lines (from 1) that had one."""
    lines = tuple(number for number, line in enumerate(text.split("\n"), start=1) if _MARK.search(line))
    return _MARK.sub("", text), lines


def _option(value: Any) -> Option:
    return tuple(value) if isinstance(value, list) else value


def _parameter(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
