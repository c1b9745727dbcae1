"""What a project depends on: requirements.txt, pyproject.toml, Pipfile, package.json."""

from __future__ import annotations

import json
import posixpath
import re

from lambdalint.code.fact import Dependency
from lambdalint.code.locate import join
from lambdalint.source.folder import Folder

#: Larger manifests are not read, in bytes.
MAX_BYTES = 1_000_000
_LINE = 500

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*?)\s*(?:[;#].*)?$")


def read_manifest(folder: Folder, directory: str, node: bool) -> tuple[str | None, tuple[Dependency, ...]]:
    """The nearest manifest at or above a directory, and what it asks for. Above the code's own folder it is what a
    build there would use."""
    names = ("package.json",) if node else ("requirements.txt", "pyproject.toml", "Pipfile")
    while True:
        for name in names:
            path = join(directory, name)
            raw = folder.read(path)
            if raw is not None and len(raw) <= MAX_BYTES:
                return path, _READERS[name](raw.decode("utf-8-sig", "replace"), path)
        if not directory:
            return None, ()
        directory = posixpath.dirname(directory)


def _requirements(text: str, path: str) -> tuple[Dependency, ...]:
    found: list[Dependency] = []
    for line in text.splitlines():
        if (
            len(line) > _LINE
            or not line.strip()
            or line.lstrip().startswith(("#", "-", ".", "/"))
            or "://" in line.split("@", 1)[0]
        ):
            continue
        each = _requirement(line, path)
        if each is not None:
            found.append(each)
    return tuple(found)


def _requirement(text: str, path: str, development: bool = False) -> Dependency | None:
    found = _REQUIREMENT.match(text[:_LINE])
    if found is None:
        return None
    return Dependency(found[1], f"{found[2] or ''}{found[3]}".strip(), path, development)


def _pyproject(text: str, path: str) -> tuple[Dependency, ...]:
    settings = _toml(text)
    found: list[Dependency | None] = []
    project = settings.get("project")
    listed = project.get("dependencies") if isinstance(project, dict) else None
    if isinstance(listed, list):
        found.extend(_requirement(each, path) for each in listed if isinstance(each, str))
    tool = settings.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    if isinstance(poetry, dict):
        found.extend(_table(poetry.get("dependencies"), path, False))
    return tuple(each for each in found if each is not None and each.name != "python")


def _pipfile(text: str, path: str) -> tuple[Dependency, ...]:
    settings = _toml(text)
    return (*_table(settings.get("packages"), path, False), *_table(settings.get("dev-packages"), path, True))


def _toml(text: str) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(table: object, path: str, development: bool) -> tuple[Dependency, ...]:
    if not isinstance(table, dict):
        return ()
    return tuple(
        Dependency(str(name), wanted if isinstance(wanted, str) else "", path, development)
        for name, wanted in table.items()
    )


def _package_json(text: str, path: str) -> tuple[Dependency, ...]:
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(settings, dict):
        return ()
    found: list[Dependency] = []
    for key in ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies"):
        found.extend(_table(settings.get(key), path, key == "devDependencies"))
    return tuple(found)


_READERS = {
    "requirements.txt": _requirements,
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "package.json": _package_json,
}
