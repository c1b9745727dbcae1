"""``serverless-compose.yml``: several services that are deployed together, and the parameters that each is given.

https://www.serverless.com/framework/docs/guides/compose
"""

from __future__ import annotations

import posixpath

from lambdalint.load.nodes import child, text_of
from lambdalint.source.folder import Folder, normal
from lambdalint.source.gap import SourceError
from lambdalint.source.node import Mapping, Node
from lambdalint.source.read import document_of, parse

_NAMES = ("serverless-compose.yml", "serverless-compose.yaml", "serverless-compose.json")
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


def _read(folder: Folder, path: str) -> Node | None:
    for name in _NAMES:
        data = folder.read(posixpath.join(path, name))
        if data is not None:
            try:
                return parse(document_of(data, posixpath.join(path, name)))
            except SourceError:
                return None  # its own file is read, and named, like any other
    return None
