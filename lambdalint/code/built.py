"""What ``serverless package`` and ``sam build`` left, as long as it still is what the sources would give.

Times of files tell, which a build leaves newer. A checkout gives every file the time of the checkout, but builds are
normally not part of one; where they are, they count as old as soon as one of their sources was written after them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lambdalint.code.package import Package, measure
from lambdalint.model.element import Element
from lambdalint.source.folder import Folder, normal
from lambdalint.source.gap import Remark

if TYPE_CHECKING:
    from lambdalint.source.node import Origin

_SAM = ".aws-sam/build"
#: Files of a package that are compared with their sources, at most.
_COMPARED = 1_000
#: Where installed packages stand: they are not sources, and their times say when someone else made them.
_INSTALLED = ("node_modules/", "site-packages/", ".dist-info/", ".egg-info/")
_MANIFESTS = (
    "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "requirements.txt", "pyproject.toml",
    "poetry.lock", "Pipfile", "Pipfile.lock", "uv.lock",
)  # fmt: skip


class Builds:
    """What builds left below one folder; ``base`` is the template's own folder in it. Each is measured once."""

    def __init__(self, folder: Folder, base: str) -> None:
        self.folder = folder
        self.base = base
        #: What is older than its sources, and so was not looked at.
        self.remarks: dict[str, Remark] = {}
        self._measured: dict[str, Package | None] = {}
        self._newer: dict[tuple[str, str | None], str | None] = {}
        self._found: dict[tuple[str, str | None, tuple[str, ...]], Package | None] = {}

    def path(self, element: Element) -> str | None:
        """The archive or folder that a build left of a function or layer."""
        resource = element.resource
        if resource is not None and resource.archive is not None:
            return posixpath.normpath(posixpath.join(self.base, resource.archive))
        built = posixpath.join(self.base, _SAM, element.label)
        return built if self.folder.is_dir(built) else None

    def package(self, path: str, code: str | None, files: tuple[str, ...], origin: Origin | None) -> Package | None:
        """The package that stands at a path. ``code`` is the folder of its sources, ``files`` are sources that went
        into it under other names. What is older than these is not measured, and says so."""
        key = (path, code, files)
        if key not in self._found:
            self._found[key] = self._package(path, code, files, origin)
        return self._found[key]

    def _package(self, path: str, code: str | None, files: tuple[str, ...], origin: Origin | None) -> Package | None:
        if path not in self._measured:
            self._measured[path] = measure(self.folder, path)
        found = self._measured[path]
        when = self.folder.modified(self._stamp(path))
        if found is None or when is None:
            return found
        newer = self._newer_of(found, when, code) or newer_source(self.folder, when, files)
        if newer is None:
            return found
        archive = found.kind == "zip"
        command = "serverless package" if archive else "sam build"
        shown = posixpath.relpath(path, self.base or ".")
        why = f"{shown} is older than {posixpath.relpath(newer, self.base or '.')}"
        if origin is not None and path not in self.remarks:
            message = f"{why}, so it was not looked at; run `{command}` again"
            self.remarks[path] = Remark(message, origin)
        # Sources are measured in the place of a folder that was built; they say nothing about an archive.
        return Package(found.kind, None, None, False, path, 0, why=why) if archive else None

    def _stamp(self, path: str) -> str:
        """What was written when the package was made: a folder has the time of the one that it is a copy of."""
        folder, name = posixpath.split(path)
        return posixpath.join(folder, "template.yaml") if folder.endswith(_SAM) else posixpath.join(folder, name)

    def _newer_of(self, found: Package, when: int, code: str | None) -> str | None:
        key = (found.path, code)
        if key not in self._newer:
            newer = None
            if code is not None and self.folder.is_dir(code):
                own = [name for name in found.names if not any(part in name for part in _INSTALLED)]
                sources = (posixpath.join(code, name) for name in (*_MANIFESTS, *own[:_COMPARED]))
                newer = newer_source(self.folder, when, sources)
            self._newer[key] = newer
        return self._newer[key]


def newer_source(folder: Folder, made: int, sources: Iterable[str]) -> str | None:
    """The first source that was changed after ``made``, in nanoseconds since 1970; None where none was."""
    for source in sources:
        path = normal(source)
        changed = folder.modified(path) if path else None
        if changed is not None and changed > made:
            return path
    return None
