"""``serverless-compose.yml``: several services that are deployed together, and the parameters that each is given.

https://www.serverless.com/framework/docs/guides/compose
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from lambdalint.load.nodes import child, text_of
from lambdalint.load.serverless_program import COMPOSED, DATA
from lambdalint.load.serverless_program import NAMES as PROGRAMS
from lambdalint.source.folder import DiskFolder, Folder, normal
from lambdalint.source.gap import Gap, SourceError
from lambdalint.source.node import Mapping, Node
from lambdalint.source.read import document_of, parse, read_document

#: How many folders above a service are looked at.
_LEVELS = 3


def composed_parameters(folder: Folder, base: str) -> dict[str, Node]:
    """The parameters that a compose file above a service gives it; outputs of other services are among them."""
    here = normal(base) or ""
    above = here
    for _ in range(_LEVELS):
        if not above:
            break
        above = posixpath.dirname(above)
        root = _read(folder, above)
        services = root.get("services") if isinstance(root, Mapping) else None
        for service in services.items.values() if isinstance(services, Mapping) else ():
            path = text_of(child(service, "path"))
            parameters = child(service, "params")
            if path is not None and normal(posixpath.join(above, path)) == here and isinstance(parameters, Mapping):
                return dict(parameters.items)
    return {}


def services_of(compose: Path, shown: str) -> tuple[list[Path], list[Gap]]:
    """The files of the services that a compose file names, and those that are not there. ``shown`` is what reports call
    the compose file. What leads out of its folder is not followed."""
    try:
        root = parse(read_document(compose, shown))
    except SourceError as error:
        return [], [Gap(shown, error.message, error.origin, path=error.path)]
    services = root.get("services") if isinstance(root, Mapping) else None
    folder = DiskFolder(compose.parent)
    found: list[Path] = []
    gaps: list[Gap] = []
    for name, written in services.items.items() if isinstance(services, Mapping) else ():
        path, config = text_of(child(written, "path")) or name, text_of(child(written, "config"))
        names = [config] if config is not None else [*DATA, *sorted(PROGRAMS)]
        file = next((file for file in names if folder.real(posixpath.join(path, file)) is not None), None)
        if file is not None:
            found.append(compose.parent / posixpath.normpath(posixpath.join(path, file)))
        else:
            why = f"there is no {config or 'serverless.yml'} in {path}, so it is not judged; correct the path"
            gaps.append(Gap(f"service {name}", why, services.key(name) if isinstance(services, Mapping) else None))
    return found, gaps


def _read(folder: Folder, path: str) -> Node | None:
    for name in COMPOSED:
        data = folder.read(posixpath.join(path, name))
        if data is not None:
            try:
                return parse(document_of(data, posixpath.join(path, name)))
            except SourceError:
                return None  # its own file is read, and named, like any other
    return None
