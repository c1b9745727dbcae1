"""Reads the code, package and sample events of functions from the repository; each at most once in a run."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lambdalint.model.element import Element
from lambdalint.model.function import Function
from lambdalint.record import replace
from lambdalint.source.folder import Folder
from lambdalint.source.node import Mapping, Scalar, Sequence
from lambdalint.source.value import Unknown

if TYPE_CHECKING:
    from lambdalint.code.built import Builds
    from lambdalint.code.events import Sample
    from lambdalint.code.fact import Handler
    from lambdalint.code.package import Package
    from lambdalint.source.gap import Remark


class Reader:
    """Reads below one folder; ``base`` is the template's own folder in it."""

    def __init__(self, folder: Folder, base: str) -> None:
        self.folder = folder
        self.base = base
        self._handlers: dict[tuple[str | tuple[str, ...] | None, ...], Handler] = {}
        self._packages: dict[str, Package | None] = {}
        self._samples: list[Sample] | None = None
        self._known_builds: Builds | None = None

    @property
    def remarks(self) -> list[Remark]:
        """What was passed over because it is older than its sources."""
        return list(self._known_builds.remarks.values()) if self._known_builds is not None else []

    def handler(self, function: Function) -> Handler:
        """What the source of a function's handler says, and its package where it is at hand; unreadable code gives
        facts that say why."""
        found = self._source(function)
        whole = self._whole(function)
        return found if whole is None or whole.native is None else replace(found, native=whole.native)

    def _source(self, function: Function) -> Handler:
        from lambdalint.code.handler import read_handler

        code = self._code_path(function)
        inline = _inline(function)
        name, runtime = _text(function.handler), _text(function.runtime)
        entries = _entry_points(function)
        key = (code, name, runtime, inline, entries)
        found = self._handlers.get(key)
        if found is None:
            found = self._handlers[key] = read_handler(self.folder, code, name, runtime, inline, entries)
        return found

    def package(self, function: Function) -> Package | None:
        """What the deployment package of a function weighs unzipped with those of its layers that are at hand, and
        zipped by itself; None where there is none at hand."""
        own = self._whole(function)
        if own is None:
            code = self._code_path(function)
            own = None if code is None or self._is_service(function, code) else self._measured(code)
        if own is None or own.unzipped is None:
            return own
        layers = [self._layer(layer) for layer in function.layers if layer.resource]
        each_once = {layer.path: layer for layer in layers if layer is not None}.values()
        known = [(layer.unzipped, layer.estimated) for layer in each_once if layer.unzipped is not None]
        if not known:
            return own
        total = own.unzipped + sum(size for size, _ in known)
        return replace(own, unzipped=total, estimated=own.estimated or any(estimated for _, estimated in known))

    def _measured(self, path: str) -> Package | None:
        from lambdalint.code.package import measure

        if path not in self._packages:
            self._packages[path] = measure(self.folder, path) if self.folder.exists(path) else None
        return self._packages[path]

    def _whole(self, function: Function) -> Package | None:
        """The package of a function as it is uploaded: what a build left, or the archive that the template names."""
        code = self._code_path(function)
        built = self._builds.path(function)
        if built is not None:
            files = self._source(function).files
            return self._builds.package(built, code, files, function.origin)
        return self._measured(code) if code is not None and code.endswith((".zip", ".jar")) else None

    def _layer(self, layer: Element) -> Package | None:
        code = self._local(layer, "Content")
        built = self._builds.path(layer)
        found = self._builds.package(built, code, (), layer.origin) if built is not None else None
        return found or (self._measured(code) if code is not None else None)

    @property
    def _builds(self) -> Builds:
        if self._known_builds is None:
            from lambdalint.code.built import Builds

            self._known_builds = Builds(self.folder, self.base)
        return self._known_builds

    def _is_service(self, function: Function, code: str) -> bool:
        """Whether the folder is that of a serverless.yml, of which patterns and plugins decide what is packaged."""
        return function.model.stack.dialect == "serverless" and self.folder.is_dir(code)

    def samples(self, function: Function) -> list[Sample]:
        """The sample events beside the template that are meant for a function: by their name, or because it is the
        only one."""
        from lambdalint.code.events import samples

        if self._samples is None:
            self._samples = samples(self.folder, self.base) if self.folder.is_dir(self._events()) else []
        if not self._samples:
            return []
        only = len(function.model.declared("AWS::Lambda::Function")) == 1
        own = function.label.lower()
        names = {own, own.removesuffix("function"), own.removesuffix("lambda")}
        return [sample for sample in self._samples if only or sample.function in names]

    def _events(self) -> str:
        return posixpath.join(self.base, "events")

    def _code_path(self, function: Function) -> str | None:
        """The folder or archive of a function's code in the repository, if the template names a local one."""
        return self._local(function, "Code")

    def _local(self, element: Element, name: str) -> str | None:
        """The folder or archive in the repository that a property names."""
        if element.resource is not None and element.resource.asset is not None:
            return posixpath.normpath(posixpath.join(self.base, element.resource.asset))
        found = element.find(name)
        if not isinstance(found, Scalar) or "://" in found.text:
            return None
        return posixpath.normpath(posixpath.join(self.base, found.text))


def _entry_points(function: Function) -> tuple[str, ...]:
    """What SAM's esbuild is told to bundle: ``Metadata: {BuildProperties: {EntryPoints: [...]}}``."""
    metadata = function.resource.metadata if function.resource is not None else None
    build = metadata.get("BuildProperties") if metadata is not None else None
    entries = build.get("EntryPoints") if isinstance(build, Mapping) else None
    if not isinstance(entries, Sequence):
        return ()
    return tuple(entry.text for entry in entries if isinstance(entry, Scalar))


def _inline(function: Function) -> str | None:
    code = function.find("Code")
    if not isinstance(code, Mapping) or "ZipFile" not in code:
        return None
    found = function.string("Code", "ZipFile", default="")
    return None if isinstance(found, Unknown) else found.value


def _text(value: object) -> str | None:
    content = getattr(value, "value", None)
    return content if isinstance(content, str) else None
