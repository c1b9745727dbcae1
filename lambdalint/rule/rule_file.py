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
from lambdalint.rule.rule import CATEGORIES, Option, Rule, RuleFix
from lambdalint.source.gap import SourceError
from lambdalint.source.node import Document, Node, Origin, Scalar
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Sequence as SequenceNode

if TYPE_CHECKING:
    from pydantic import ValidationError

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
        raise RuleFileError(_of_pydantic(error, root)) from None
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
            at=self.expression(parsed.at, "at") if parsed.at is not None else None,
            fix=self.fix(parsed.fix) if parsed.fix is not None else None,
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
    messages = [message for message in (rule.message, rule.advice) if message is not None]
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


def locate(root: Node, path: tuple[str | int, ...]) -> Origin:
    """The place of the key, or of the item, at a path; of the nearest one around it where it is not written."""
    node: Node = root
    place: Origin = root
    for step in path:
        if isinstance(node, MappingNode) and isinstance(step, str) and step in node:
            place, node = node.key(step), node.items[step]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.items):
            place = node = node.items[step]
        else:
            break
    return place


def _of_pydantic(error: ValidationError, root: MappingNode) -> list[RuleError]:
    found: dict[tuple[int, str], RuleError] = {}
    for problem in error.errors(include_url=False):
        place = tuple(step for step in problem["loc"])
        origin = locate(root, place)
        message = _sentence(dict(problem), place)
        found.setdefault((origin.line, message), RuleError(message, origin.document.path, origin.line))
    return [found[key] for key in sorted(found)]


#: What pydantic puts into the place of a mistake for each kind of value that an option may have.
_UNION = frozenset({"bool", "int", "float", "str", "list[str]"})


def _sentence(problem: dict[str, Any], place: tuple[str | int, ...]) -> str:
    """What pydantic says of a field, in the words of a rule's author. Steps of a union are no part of the place."""
    steps = [step for step in place if step not in _UNION]
    where = ".".join(str(step + 1) if isinstance(step, int) else step for step in steps)
    last = str(steps[-1]) if steps else ""
    if len(steps) < len(place):
        return f"{where} must be true, false, a number, text or a list of texts"
    match problem["type"]:
        case "missing":
            return f"'{where}' is missing"
        case "extra_forbidden":
            return f"unknown key '{where}'{did_you_mean(last, _keys_at(steps[:-1]))}"
        case "literal_error":
            choice = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
            return f"{where} is {problem['input']!r}{did_you_mean(str(problem['input']), choice)}"
        case "string_type":
            return f"{where} must be text (put a number or a date in quotes)"
        case "list_type":
            return f"{where} must be a list"
        case "dict_type" | "model_type":
            return f"{where} must be a map"
        case "bool_type":
            return f"{where} must be true or false"
        case _:
            return f"{where}: {problem['msg']}"


def _keys_at(steps: list[str | int]) -> list[str]:
    from lambdalint.rule import schema

    models = {"fix": schema.FixFile, "examples": schema.ExamplesFile}
    if not steps:
        model: type[Any] = schema.RuleFile
    elif len(steps) > 1:
        model = schema.ExampleFile
    else:
        model = models.get(str(steps[0]), schema.RuleFile)
    return [field.alias or name for name, field in model.model_fields.items()]
