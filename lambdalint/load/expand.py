"""What CloudFormation writes out before anything else: loops (``Fn::ForEach``) and included files (``AWS::Include``).

Copies and included values keep the places where a person wrote them: the body of the loop, the included file. A tree
without loops and inclusions comes back as the same object.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-include.html
"""

from __future__ import annotations

import posixpath

from lambdalint.load.conditions import Fork
from lambdalint.load.intrinsics import Resolver
from lambdalint.load.loop import MAX_COPIES, Copies, TooManyCopiesError, Turn
from lambdalint.record import field, record
from lambdalint.source.anchor import MAX_DEPTH
from lambdalint.source.folder import DictFolder, Folder, normal
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Document, Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.read import document_of, parse
from lambdalint.source.value import Given, Unknown

LOOP = "Fn::ForEach::"
TRANSFORM = "Fn::Transform"
INCLUDE = "AWS::Include"

#: How deep included files may include others, and how many inclusions one template may have.
_MAX_DEPTH = 5
_MAX_INCLUDES = 200


@record
class Surroundings:
    """The files around a template: the repository, the template's own folder in it, and what was read of it so far."""

    folder: Folder = field(default_factory=lambda: DictFolder({}))
    base: str = ""
    documents: dict[str, Document] = field(default_factory=dict)


def needs_expansion(text: str) -> bool:
    """Whether a template may hold a loop or an inclusion; cheap, and never False for one that does."""
    return "Fn::ForEach" in text or "!ForEach" in text or INCLUDE in text


class Expansion:
    """One template being written out; what could not be is in ``gaps``, the included files in ``sources``."""

    def __init__(self, document: Document, resolver: Resolver, around: Surroundings) -> None:
        self.document = document
        self.resolver = resolver
        self.around = around
        self.gaps: list[Gap] = []
        self.sources: list[Document] = []
        self.copies = Copies()
        self._including: list[str] = []
        self._included = 0

    def template(self, root: Mapping) -> Mapping:
        """The whole template written out; its own sections win over those that its ``Transform`` includes."""
        found = self._map(root, 0)
        written = found if isinstance(found, Mapping) else root
        transform = root.get("Transform")
        for entry in transform.items if isinstance(transform, Sequence) else [transform]:
            if entry is None or not _is_include(entry):
                continue
            call = entry if isinstance(entry, Mapping) else Mapping(entry.document, entry.start, entry.end)
            included = self._include(call, call.get("Name") or entry, 0, outermost=True)
            if isinstance(included, Mapping):
                written = _merged(included, written)
        return written

    # --- walking ----------------------------------------------------------------------------------------------------

    def _node(self, node: Node, depth: int) -> Node:
        if isinstance(node, Scalar):
            return node
        if depth > MAX_DEPTH:
            self._gap("a value", f"values are nested more than {MAX_DEPTH} deep here; flatten this part", node)
            return Scalar(node.document, node.start, node.end, "", False)
        if isinstance(node, Mapping):
            return self._map(node, depth)
        items = [self._node(item, depth + 1) for item in node.items]
        if all(new is old for new, old in zip(items, node.items, strict=True)):
            return node
        return Sequence(node.document, node.start, node.end, items, node.via)

    def _map(self, node: Mapping, depth: int) -> Node:
        items: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        changed = False
        for name, value in node.items.items():
            found: Node | None = None
            if name.startswith(LOOP):
                found = self._loop(name, value, node.key(name), depth)
            elif name == TRANSFORM and _is_include(value) and isinstance(value, Mapping):
                included = self._include(value, node.key(name), depth, outermost=depth < 2)
                if included is not None and len(node.items) == 1 and not isinstance(included, Mapping):
                    return included
                found = included if isinstance(included, Mapping) else None
                if found is None and depth >= 2:
                    items[name] = value
                    continue
            else:
                items[name] = new = self._node(value, depth + 1)
                if name in node.keys:
                    keys[name] = node.keys[name]
                changed = changed or new is not value
                continue
            changed = True
            if isinstance(found, Mapping):
                items.update(found.items)
                keys.update(found.keys)
        if not changed:
            return node
        made = Mapping(node.document, node.start, node.end, items, keys, node.via)
        made.duplicates = node.duplicates
        return made

    # --- loops ------------------------------------------------------------------------------------------------------

    def _loop(self, name: str, call: Node, place: Origin, depth: int) -> Mapping | None:
        """The entries that a loop stands for; None, with a gap, where they are not known."""
        parts = call.items if isinstance(call, Sequence) else []
        if len(parts) != 3 or not isinstance(parts[0], Scalar) or not isinstance(parts[2], Mapping):
            self._gap(name, "a loop is a list of an identifier, a collection and a map; write all three", place)
            return None
        values = self._collection(parts[1])
        if isinstance(values, Unknown):
            why = f"its copies are not judged, because {values.why}; give values that are missing with --parameter"
            self._gap(name, why, place)
            return None
        via = f"loop {name.removeprefix(LOOP)}"
        body = parts[2]
        made = Mapping(body.document, body.start, body.end, via=via)
        try:
            for value in values:
                copied = self.copies.of(body, Turn(parts[0].text, value, via))
                written = self._map(copied, depth) if isinstance(copied, Mapping) else copied
                if isinstance(written, Mapping):
                    made.items.update(written.items)
                    made.keys.update(written.keys)
        except TooManyCopiesError:
            why = f"its copies would have more than {MAX_COPIES:,} values, so they are not judged; loop over less"
            self._gap(name, why, place)
            return None
        return made

    def _collection(self, node: Node) -> list[str] | Unknown:
        """The texts that a loop goes over: literals, parameters and mappings."""
        try:
            items = self.resolver.items(node)
            if not isinstance(items, list):
                return items if isinstance(items, Unknown) else Unknown("its collection is empty")
            texts: list[str] = []
            for item in items:
                inner = self.resolver.items(item)
                for value in inner if isinstance(inner, list) else [item]:
                    text = self.resolver.literal(value)
                    if isinstance(text, Unknown):
                        return text
                    if isinstance(text, Given):
                        texts.append(text.value)
        except Fork as fork:
            return Unknown(f"{fork.asked} is not known")
        return texts

    # --- included files ---------------------------------------------------------------------------------------------

    def _include(self, call: Mapping, place: Origin, depth: int, outermost: bool) -> Node | None:
        """What a local file holds. None for what cannot be read: with a gap where it is a file of the repository, or
        stands where it may bring resources (``outermost``)."""
        parameters = call.get("Parameters")
        location = self._location(parameters.get("Location") if isinstance(parameters, Mapping) else None)
        if location is None or "://" in location:
            if outermost:
                what = f"{INCLUDE} of {location}" if location is not None else INCLUDE
                self._gap(what, "what it includes is not read; check the processed template as well", place)
            return None
        what = f"{INCLUDE} of {location}"
        path = normal(posixpath.join(self.around.base, location))
        self._included += 1
        if self._included > _MAX_INCLUDES:
            self._gap(what, f"a template may include {_MAX_INCLUDES} files; split it into several", place)
            return None
        if path in self._including or len(self._including) >= _MAX_DEPTH:
            self._gap(what, "it includes itself; include each file once", place)
            return None
        try:
            document = self._read(path, location) if path is not None else None
        except SourceError as error:
            self._gap(what, f"{error.path}:{error.line}: {error.message}", place)
            return None
        if path is None or document is None:
            self._gap(what, "there is no such file in the repository, so it is not judged; correct the path", place)
            return None
        if document not in self.sources:
            self.sources.append(document)
        self._including.append(path)
        try:
            return self._node(document.root, depth + 1) if document.root is not None else None
        finally:
            self._including.pop()

    def _read(self, path: str, location: str) -> Document | None:
        """A file of the repository, read once for all deployments of the template."""
        document = self.around.documents.get(path)
        if document is None:
            data = self.around.folder.read(path)
            if data is None:
                return None
            shown = posixpath.normpath(posixpath.join(posixpath.dirname(self.document.path or ""), location))
            document = document_of(data, shown)
            parse(document)
            self.around.documents[path] = document
        return document

    def _location(self, node: Node | None) -> str | None:
        try:
            found = self.resolver.literal(node)
        except Fork:
            return None
        return found.value if isinstance(found, Given) else None

    def _gap(self, what: str, why: str, place: Origin) -> None:
        self.gaps.append(Gap(what, why, place.at()))


def _is_include(call: Node | None) -> bool:
    name = call.get("Name") if isinstance(call, Mapping) else call
    return isinstance(name, Scalar) and name.text == INCLUDE


def _merged(included: Mapping, own: Mapping) -> Mapping:
    """Sections of both; where both have one, its entries together."""
    items = dict(included.items)
    keys = dict(included.keys)
    for name, section in own.items.items():
        other = items.get(name)
        if isinstance(section, Mapping) and isinstance(other, Mapping):
            entries = {**other.items, **section.items}
            section = Mapping(  # noqa: PLW2901 - the section with what is included
                section.document, section.start, section.end, entries, {**other.keys, **section.keys}, section.via
            )
        items[name] = section
        if name in own.keys:
            keys[name] = own.keys[name]
    made = Mapping(own.document, own.start, own.end, items, keys, own.via)
    made.duplicates = own.duplicates
    return made
