"""What ``serverless package`` left in ``.serverless``, as long as it still is what the service says.

https://www.serverless.com/framework/docs/providers/aws/cli-reference/package
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator

from lambdalint.load.nodes import child
from lambdalint.load.serverless.naming import layer_id
from lambdalint.load.serverless.service import Service, first, is_true
from lambdalint.load.serverless_program import FOLDER, STATE, TEMPLATE
from lambdalint.load.stack import Resource
from lambdalint.source.gap import Remark
from lambdalint.source.node import Document, Json, Mapping, Scalar
from lambdalint.source.read import MAX_BYTES


def use_packaged(service: Service, document: Document) -> None:
    """Note which archive was packaged for each function and layer, and let the template that was packaged say what the
    lowering leaves open. What is older than the service, or made for another stage, is passed over, and named."""
    if not service.folder.is_dir(posixpath.join(service.base, FOLDER)):
        return
    state = _state(service)
    place = service.root.key("service")
    other = _made_for_another(service, state)
    if other is not None:
        service.stack.remarks.append(Remark(f"{FOLDER} {other}, so it was not looked at", place))
        return
    own = posixpath.join(service.base, posixpath.basename(document.path or ""))
    written = [own, *service.variables.sources.named]
    old = {}
    for resource, archive in _archives(service, state):
        newer = _newer(service, archive, written)
        if newer is None:
            resource.archive = archive
        else:
            old[archive] = newer
    template = posixpath.join(FOLDER, TEMPLATE)
    if service.folder.exists(posixpath.join(service.base, template)):
        newer = _newer(service, template, written)
        if newer is not None:
            old[template] = newer
        else:
            from lambdalint.load.serverless.overlay import fill

            fill(service, template)
    if old:
        path, newer = next(iter(old.items()))
        message = f"{path} is older than {newer}, so {FOLDER} was not looked at; run `serverless package` again"
        service.stack.remarks.append(Remark(message, place))


def _state(service: Service) -> Json:
    """What the framework noted of itself: which service, stage and archives; None where that cannot be read."""
    data = service.folder.read(posixpath.join(service.base, FOLDER, STATE))
    if data is None or len(data) > MAX_BYTES:
        return None
    try:
        state: Json = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return state


def _text_at(state: Json, *path: str) -> str | None:
    for key in path:
        state = state.get(key) if isinstance(state, dict) else None
    return state if isinstance(state, str) and state else None


def _made_for_another(service: Service, state: Json) -> str | None:
    """That it was packaged for another stage or region than the one that is judged."""
    for name, own in (("stage", service.stage), ("region", service.region)):
        made = _text_at(state, "service", "provider", name)
        asked = own.text if isinstance(own, Scalar) else own if isinstance(own, str) else None
        if made is not None and asked is not None and made != asked:
            return f"was packaged for {name} {made}, and {asked} is judged"
    return None


def _newer(service: Service, path: str, written: list[str]) -> str | None:
    """The file of the service that was changed after something was packaged; None where none was."""
    made = service.folder.modified(posixpath.join(service.base, path))
    for name in written if made is not None else ():
        changed = service.folder.modified(name)
        if changed is not None and made is not None and changed > made:
            return posixpath.relpath(name, service.base or ".")
    return None


def _archives(service: Service, state: Json) -> Iterator[tuple[Resource, str]]:
    """Functions and layers, and the path of the archive in ``.serverless`` that was made of each."""
    shared = service.top("package")
    apart = is_true(child(shared, "individually"))
    whole = _text_at(state, "package", "artifact") or (f"{service.name}.zip" if isinstance(service.name, str) else None)
    for function in service.functions.values():
        if first(function.get("package", "artifact"), child(shared, "artifact"), function.get("image")) is not None:
            continue  # the archive that it names is looked at in any case
        alone = f"{function.name}.zip" if apart or is_true(function.get("package", "individually")) else None
        noted = _text_at(state, "service", "functions", function.name, "package", "artifact")
        yield from _present(service, function.logical_id, noted or alone or whole)
    layers = service.top("layers")
    for name, written in layers.items.items() if isinstance(layers, Mapping) else ():
        if child(written, "package", "artifact") is None:
            yield from _present(service, layer_id(name), f"{name}.zip")


def _present(service: Service, logical_id: str, archive: str | None) -> Iterator[tuple[Resource, str]]:
    resource = service.stack.resources.get(logical_id)
    path = posixpath.join(FOLDER, posixpath.basename(archive or ""))
    if resource is not None and archive and service.folder.exists(posixpath.join(service.base, path)):
        yield resource, path
