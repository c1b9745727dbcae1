"""Nested stacks whose templates are at hand, and values that stacks of one run export to each other.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from lambdalint.load.conditions import Fork
from lambdalint.load.expand import Surroundings
from lambdalint.load.intrinsics import Resolver
from lambdalint.load.stack import Depth, Resource, Stack
from lambdalint.load.template import Values, load_template
from lambdalint.record import record
from lambdalint.source.folder import normal
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Document, Mapping, Node, Scalar, Sequence
from lambdalint.source.read import document_of, parse
from lambdalint.source.value import Given, Unknown

STACK = "AWS::CloudFormation::Stack"
#: Nested deployments in one run, and the characters of all their templates; past it the rest is a gap.
_MAX_NESTED = 500
_MAX_TEXT = 50_000_000
_MAX_DEPTH = 20


@record
class Template:
    """A document that is a template: ``name`` is its file name."""

    document: Document
    name: str
    around: Surroundings


@record
class Nested:
    """A template with the values that it is deployed with. ``label`` is None where it stands alone."""

    template: Template
    stack: Stack
    values: Values
    label: str | None
    chain: tuple[str, ...]


class Nesting:
    """Which templates of a run are nested in which; ``templates`` and ``values`` are by real path.

    ``more`` keeps templates that are read because others nest them, for the next environment.
    """

    def __init__(self, templates: dict[str, Template], values: dict[str, Values], more: dict[str, Template]) -> None:
        self.templates = {**more, **templates}
        self.values = values
        self._more = more
        self.gaps: list[Gap] = []
        self._count = 0
        self._text = 0
        self._done: set[object] = set()
        self._malformed: set[str] = set()

    def deployed(self) -> Iterator[Nested]:
        """Every deployment: first the templates that no other nests, each followed by those that it nests."""
        alone: dict[str, Stack] = {}
        for key, values in self.values.items():
            stack = self._load(self.templates[key], values)
            if stack is not None:
                alone[key] = stack
        inner = {
            child
            for key, stack in alone.items()
            for resource in stack.resources.values()
            if resource.type == STACK and (child := self._target(self.templates[key], stack, resource)) is not None
            if child != key
        }
        seen: set[str] = set()
        # Templates that nest each other in a circle have no outermost one: the first stands for it.
        for key in [*(key for key in alone if key not in inner), *alone]:
            if key in seen:
                continue
            top = Nested(self.templates[key], alone[key], self.values[key], None, (key,))
            for nested in self._with_children(top):
                seen.add(nested.chain[-1])
                yield nested

    def _load(self, template: Template, values: Values) -> Stack | None:
        try:
            stack = load_template(template.document, values, template.around)
        except SourceError as error:
            self.gaps.append(Gap(template.name, error.message, error.origin, path=error.path))
            return None
        if isinstance(stack, Gap):
            self.gaps.append(stack)
            return None
        if stack is None:
            shown = template.document.path or template.name
            why = "a nested stack names it as its template, and it is none; correct the path"
            self.gaps.append(Gap(shown, why, path=shown))
        return stack

    def _with_children(self, parent: Nested) -> Iterator[Nested]:
        yield parent
        resources = [resource for resource in parent.stack.resources.values() if resource.type == STACK]
        if not resources:
            return
        children = _Children(self, parent)
        parent.stack.links.output = children.output
        for resource in resources:
            child = children.get(resource.logical_id)
            if child is None:
                continue
            # Nested twice with the same values, it is the same deployment once more.
            values = child.values
            same = (child.chain[-1], frozenset(values.parameters.items()), frozenset(values.open))
            if same in self._done:
                continue
            self._done.add(same)
            yield from self._with_children(child)

    def nest(self, parent: Nested, resource: Resource, values: Values) -> Nested | None:
        """The deployment of a nested stack; None, mostly with a gap, where its template is not at hand."""
        what = f"nested stack {resource.logical_id}"
        key = self._target(parent.template, parent.stack, resource)
        if key is None:
            location = _location(parent.stack, resource)
            if location is not None and "://" not in location and not self._is_malformed(parent, location):
                why = f"there is no template {location} in the repository; correct the path, or package it first"
                self.gaps.append(Gap(what, why, resource.origin.at()))
            return None
        if key in parent.chain:
            self.gaps.append(Gap(what, "it nests the stack that it is part of; break the circle", resource.origin.at()))
            return None
        template = self.templates[key]
        self._count += 1
        self._text += len(template.document.text)
        if self._count > _MAX_NESTED or self._text > _MAX_TEXT or len(parent.chain) > _MAX_DEPTH:
            self.gaps.append(Gap(what, "there are too many nested stacks to judge all; check it by itself",
                                 resource.origin.at()))  # fmt: skip
            return None
        stack = self._load(template, values)
        if stack is None:
            return None
        stack.links.depth = parent.stack.links.depth
        label = f"as nested stack {resource.logical_id} of {parent.template.document.path}"
        return Nested(template, stack, values, label, (*parent.chain, key))

    def _is_malformed(self, parent: Nested, location: str) -> bool:
        path = normal(posixpath.join(parent.template.around.base, location))
        return path is not None and parent.template.around.folder.real(path) in self._malformed

    def _target(self, template: Template, stack: Stack, resource: Resource) -> str | None:
        """The real path of a nested stack's template, which is read when it is met first; None where it is not at hand
        or malformed."""
        location = _location(stack, resource)
        around = template.around
        path = None if location is None or "://" in location else normal(posixpath.join(around.base, location))
        real = around.folder.real(path) if path is not None else None
        if location is None or path is None or real is None or real in self.templates:
            return real
        data = around.folder.read(path)
        if data is None or real in self._malformed:
            return None
        shown = posixpath.normpath(posixpath.join(posixpath.dirname(template.document.path or ""), location))
        try:
            document = document_of(data, shown)
            parse(document)
        except SourceError as error:
            self._malformed.add(real)
            self.gaps.append(Gap(shown, error.message, error.origin, path=shown))
            return None
        inner = Surroundings(around.folder, posixpath.dirname(path))
        self.templates[real] = self._more[real] = Template(document, posixpath.basename(path), inner)
        return real


class _Children:
    """The stacks nested in one, each made when it is first asked for: their parameters may name outputs of others."""

    def __init__(self, nesting: Nesting, parent: Nested) -> None:
        self.nesting = nesting
        self.parent = parent
        self._known: dict[str, Nested | None] = {}

    def get(self, logical_id: str) -> Nested | None:
        if logical_id not in self._known:
            self._known[logical_id] = None  # a stack whose parameters depend on its own outputs gets none of them
            resource = self.parent.stack.resources.get(logical_id)
            if resource is not None and resource.type == STACK:
                values = _passed(self.parent, resource)
                self._known[logical_id] = self.nesting.nest(self.parent, resource, values)
        return self._known[logical_id]

    def output(self, logical_id: str, name: str) -> str | None:
        """The text of an output, where it is known whatever the child's conditions."""
        child = self.get(logical_id)
        declared = child.stack.outputs.get(name) if child is not None and child.stack.outputs is not None else None
        if child is None or not isinstance(declared, Mapping) or "Condition" in declared:
            return None
        return _known_text(_resolver(child.stack, child.values), declared.get("Value"))


def _resolver(stack: Stack, values: Values) -> Resolver:
    return Resolver(stack, values.parameters, values.region)


def _known_text(resolver: Resolver, node: Node | None) -> str | None:
    try:
        found = resolver.literal(node)
    except Fork:
        return None
    return found.value if isinstance(found, Given) else None


def _location(stack: Stack, resource: Resource) -> str | None:
    """The local path that a nested stack's template is written as."""
    if resource.asset is not None:
        return resource.asset
    written = resource.properties.get("TemplateURL")
    return written.text if isinstance(written, Scalar) and written.text else None


def _passed(parent: Nested, resource: Resource) -> Values:
    """The values that a parent passes. What it passes and is not known here keeps the child's default from counting."""
    resolver = _resolver(parent.stack, parent.values)
    known: dict[str, str] = {}
    open_ones: dict[str, str] = {}
    shown = parent.template.document.path or "its parent"
    try:
        passed = resolver.resolve(resource.properties.get("Parameters"))
    except Fork as fork:
        passed = Unknown(f"{fork.asked} is not known")
    if isinstance(passed, Unknown):
        open_ones["*"] = f"parameters are set by {shown}, where {passed.why}"
    for name, node in passed.items.items() if isinstance(passed, Mapping) else ():
        try:
            found = resolver.resolve(node)
            if isinstance(found, Sequence):
                texts = [resolver.literal(item) for item in found]
                if all(isinstance(text, Given) for text in texts):
                    known[name] = ",".join(text.value for text in texts if isinstance(text, Given))
                    continue
            text = resolver.literal(node)
        except Fork as fork:
            open_ones[name] = f"parameter {name} is set by {shown}, where {fork.asked} is not known"
            continue
        if isinstance(text, Given):
            known[name] = text.value
        elif isinstance(text, Unknown):
            open_ones[name] = f"parameter {name} is set by {shown}, where {text.why}"
    return Values(known, parent.values.region, open_ones)


class Exports:
    """What the stacks of a run export, by name; an export is evaluated when it is asked for."""

    def __init__(self) -> None:
        self._stacks: list[tuple[Stack, Values]] = []
        self._values: dict[str, list[tuple[Resolver, Node | None]]] | None = None
        self._asked: dict[str, str | None] = {}
        self._depth = Depth()

    def add(self, stack: Stack, values: Values) -> None:
        """Let a stack export and import."""
        self._stacks.append((stack, values))
        self._values = None
        self._asked = {}
        stack.links.exported = self.text
        stack.links.depth = self._depth

    def text(self, name: str) -> str | None:
        """The text that an import gives: that of every stack that exports the name."""
        if "${" in name:
            return None
        if name not in self._asked:
            self._asked[name] = None  # an export that imports itself stays open
            texts = {_known_text(resolver, node) for resolver, node in self._table().get(name, ())}
            self._asked[name] = texts.pop() if len(texts) == 1 else None
        return self._asked[name]

    def _table(self) -> dict[str, list[tuple[Resolver, Node | None]]]:
        if self._values is None:
            self._values = {}
            for stack, values in self._stacks:
                resolver = _resolver(stack, values)
                for output in stack.outputs.items.values() if stack.outputs is not None else ():
                    export = output.get("Export") if isinstance(output, Mapping) else None
                    name = _known_text(resolver, export.get("Name")) if isinstance(export, Mapping) else None
                    if name is not None and isinstance(output, Mapping):
                        self._values.setdefault(name, []).append(
                            (resolver, None if "Condition" in output else output.get("Value"))
                        )
        return self._values
