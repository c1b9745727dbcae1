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
    from lambdalint.code.events import Sample
    from lambdalint.code.fact import Handler
    from lambdalint.code.package import Package


class Reader:
    """Reads below one folder; ``base`` is the template's own folder in it."""

    def __init__(self, folder: Folder, base: str) -> None:
        self.folder = folder
        self.base = base
        self._handlers: dict[tuple[str | tuple[str, ...] | None, ...], Handler] = {}
        self._packages: dict[str, Package | None] = {}
        self._samples: list[Sample] | None = None

    def handler(self, function: Function) -> Handler:
        """What the source of a function's handler says; unreadable code gives facts that say why."""
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
        code = self._built(function) or self._code_path(function)
        if code is None or self._is_service(function, code):
            return None
        own = self._measured(code)
        if own is None or own.unzipped is None:
            return own
        layers = [self._measured(path) for path in self._layer_paths(function)]
        known = [
            (layer.unzipped, layer.estimated) for layer in layers if layer is not None and layer.unzipped is not None
        ]
        if not known:
            return own
        total = own.unzipped + sum(size for size, _ in known)
        return replace(own, unzipped=total, estimated=own.estimated or any(estimated for _, estimated in known))

    def _measured(self, path: str) -> Package | None:
        from lambdalint.code.package import measure

        if path not in self._packages:
            self._packages[path] = measure(self.folder, path) if self.folder.exists(path) else None
        return self._packages[path]

    def _built(self, element: Element) -> str | None:
        """The folder that ``sam build`` made for a function or layer."""
        built = posixpath.join(self.base, ".aws-sam/build", element.label)
        return built if self.folder.is_dir(built) else None

    def _layer_paths(self, function: Function) -> list[str]:
        found = [self._built(layer) or self._local(layer, "Content") for layer in function.layers if layer.resource]
        return list(dict.fromkeys(path for path in found if path is not None))

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
