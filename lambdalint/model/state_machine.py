"""State machines of Step Functions, and what their definitions say.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

import posixpath
import re

from lambdalint.data import limits
from lambdalint.load.intrinsics import Absent
from lambdalint.load.nodes import build
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element
from lambdalint.model.model import Model
from lambdalint.source.folder import normal
from lambdalint.source.gap import SourceError
from lambdalint.source.node import Document, Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.read import document_of, parse
from lambdalint.source.value import Default, Given, Unknown, Value

TYPE = "AWS::StepFunctions::StateMachine"

#: Texts, and placeholders between them: ``"MaxConcurrency": ${Most}`` is JSON only when the value has been filled in.
_BARE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|\$\{([^{}"\n]*)\}', re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
#: Begins a text that was a placeholder between texts.
_MARK = "\ue000"
#: Characters of a text that is still followed: ARNs of functions have at most 170.
_MAX_TEXT = 512


class StateMachine(Element):
    """A state machine with what its definition says of itself."""

    __slots__ = ("filled", "root", "variables", "written_at")

    def __init__(self, model: Model, resource: Resource, origin: Origin, label: str) -> None:
        super().__init__(model, resource, origin, label)
        #: What ``Fn::Sub`` fills into the definition besides references; None where the text is as it is written.
        self.variables: Mapping | None = None
        #: What ``DefinitionSubstitutions`` fills in, by name, as far as it was asked for.
        self.filled: dict[str, str] = {}
        #: Where everything in the definition stands; None where each value has a place of its own.
        self.written_at: Origin | None = None
        root = self._definition()
        #: The definition, or None where it is not at hand.
        self.root = root if isinstance(root, Mapping) and "States" in root else None

    def _definition(self) -> Node | None:
        found = self.raw("Definition") or self.raw("DefinitionString")
        if found is None:
            return self._file()
        text, self.variables = _template(found)
        if text is None:
            resolved = self.model.resolver.resolve(found)
            if isinstance(resolved, Mapping):
                return resolved
            pattern = self.model.resolver.pattern(found)
            text = pattern[0] if isinstance(pattern, tuple) else ""
        self.written_at = found.at()
        return _parsed(self.model, None, text)

    def _file(self) -> Node | None:
        """The definition in a file of the repository, which packaging puts into a bucket."""
        found = self.find("DefinitionS3Location")
        path = self.resource.asset if self.resource is not None else None
        if path is None and isinstance(found, Scalar):
            path = found.text
        inner = normal(posixpath.join(self.model.catalog.base, path)) if path else None
        data = self.model.catalog.folder.read(inner) if inner is not None else None
        if path is None or data is None or self.origin is None:
            return None
        shown = posixpath.normpath(posixpath.join(posixpath.dirname(self.origin.document.path or ""), path))
        try:
            return _parsed(self.model, shown, document_of(data, shown).text)
        except SourceError:
            return None

    def text_of(self, node: Node | None) -> str | None:
        """A text of the definition as canonical text, what is filled in at deployment included; None without any. Only
        what is asked for is evaluated, so that conditions elsewhere in the definition stay closed."""
        if isinstance(node, Scalar):
            if len(node.text) > _MAX_TEXT:
                return None
            if node.text.startswith(_MARK):
                node = text_at(node, f"${{{node.text[1:]}}}")
            if self.variables is not None:
                node = build({"Fn::Sub": [node, self.variables]}, node)
        pattern = self.model.resolver.pattern(node)
        if not isinstance(pattern, tuple) or len(pattern[0]) > _MAX_TEXT:
            return None
        text = _PLACEHOLDER.sub(self._filled, pattern[0])
        return text if len(text) <= _MAX_TEXT else None

    def _filled(self, placeholder: re.Match[str]) -> str:
        """What ``DefinitionSubstitutions`` puts in the place of a name; other placeholders are canonical text."""
        name = placeholder[1].strip()
        if name not in self.filled:
            pattern = self.model.resolver.pattern(self.raw("DefinitionSubstitutions", name))
            if isinstance(pattern, Absent):
                self.filled[name] = placeholder[0]
            elif isinstance(pattern, tuple) and len(pattern[0]) <= _MAX_TEXT:
                self.filled[name] = pattern[0]
            else:
                self.filled[name] = "${?}"
        return self.filled[name]

    def seconds(self, state: Mapping) -> Value[float | None]:
        """The ``TimeoutSeconds`` of a state or of the whole machine; None where it has none of its own."""
        written = state.get("TimeoutSeconds")
        if written is None and "TimeoutSecondsPath" not in state:
            return Default(None, self.origin)
        text = self.text_of(written) or ""
        if written is None or not text.isdecimal() or len(text) > 9:
            return Unknown(f"how long a state of {self.label} waits is not known", self.place_of(written or state))
        return Given(float(text), self.place_of(written))

    def place_of(self, node: Origin) -> Origin:
        """Where a value of the definition stands."""
        return self.written_at or node.at()

    def wait(self, state: Mapping) -> Value[float | None]:
        """Seconds after which a state has given up what it waits for; None where it never does. The limit of the whole
        execution holds for it as well."""
        found = self.seconds(state)
        if self.root is not None:
            found = shorter(found, self.seconds(self.root))
        kind = self.string("StateMachineType", default="STANDARD")
        if not isinstance(kind, Unknown) and kind.value != "EXPRESS":
            return found
        express = shorter(found, Default(limits.EXPRESS_WORKFLOW_SECONDS, self.place("StateMachineType")))
        # Where the kind is not known, a limit that is short enough for an Express workflow holds for both.
        return kind if isinstance(kind, Unknown) and express is not found else express


def shorter(one: Value[float | None], other: Value[float | None]) -> Value[float | None]:
    """The shorter of two limits, of which None is the longest; Unknown where one of them is."""
    for value in (one, other):
        if isinstance(value, Unknown):
            return value
    assert not isinstance(one, Unknown) and not isinstance(other, Unknown)
    if one.value is None or (other.value is not None and other.value < one.value):
        return other
    return one


def _template(node: Node) -> tuple[str | None, Mapping | None]:
    """A definition as the text in which ``Fn::Sub`` or ``Fn::Join`` fills in values, and these; (text, None) where
    nothing is filled in, (None, None) where it is something else."""
    if isinstance(node, Scalar):
        return node.text, None
    argument = node.get("Fn::Sub") or node.get("Fn::Join") if isinstance(node, Mapping) and len(node) == 1 else None
    first, second = argument.items if isinstance(argument, Sequence) and len(argument) == 2 else (argument, None)
    if not isinstance(first, Scalar) or not isinstance(node, Mapping):
        return None, None
    values = Mapping(node.document, node.start, node.end)
    if "Fn::Sub" in node:
        return first.text, second if isinstance(second, Mapping) else values
    if not isinstance(second, Sequence):
        return None, None
    texts: list[str] = []
    for item in second:
        name = f"#{len(values)}"
        if not isinstance(item, Scalar):
            values.items[name] = item
        texts.append(item.text.replace("${", "${!") if isinstance(item, Scalar) else f"${{{name}}}")
    return first.text.join(texts), values


def _parsed(model: Model, path: str | None, text: str) -> Node | None:
    """A definition that is written as text, in JSON or YAML; None where it is malformed. Read once for all worlds."""
    kept = model.catalog.definitions
    if (path, text) not in kept:
        document = Document(path, _BARE.sub(_quoted, text) if text.lstrip().startswith("{") else text)
        try:
            kept[path, text] = parse(document)
        except SourceError:
            kept[path, text] = None
        # Quoting changes no offset, so that the places are those of the text as it is written.
        document.text = text
    return kept[path, text]


def _quoted(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else f'"{_MARK}{match[1]}"'


def text_at(place: Origin, text: str) -> Scalar:
    """A text that stands for a value of a definition."""
    return Scalar(place.document, place.start, place.end, text, False, place.via)
