"""Service models for clients: only the operations that an audit makes, and no prose.

Whole models of ten services take a fifth of the memory that an audit needs, most of it documentation; the table of the
endpoints of all services takes another tenth. And finding a model looks through the folders of four hundred services.
"""

from __future__ import annotations

from typing import Any

from lambdalint.load.aws.operation import OPERATIONS

_MODEL = "service-2"
_ENDPOINTS = "endpoints"
#: How hosts call services whose clients have another name.
_PREFIXES = {"monitoring", "tagging", "autoscaling", "servicequotas"}


def slim_loader(plain: Any) -> Any:
    """A loader of service models that looks where botocore's own loader ``plain`` looks."""
    from botocore.loaders import Loader

    methods = {operation.name for operation in OPERATIONS.values()} | {"sts.AssumeRole"}
    services = sorted({name.partition(".")[0] for name in methods})

    class Slim(Loader):  # type: ignore[misc]
        def load_data_with_path(self, name: str) -> Any:
            found = super().load_data_with_path(name)
            if name != _ENDPOINTS:
                return found
            getattr(self, "_cache", {}).clear()
            return slim_endpoints(found[0]), found[1]

        def list_available_services(self, type_name: str) -> list[str]:
            # Asked only whether a service is among them. That one of these is missing shows when it is loaded.
            return services

        def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
            if type_name != _MODEL:
                return super().load_service_model(service_name, type_name, api_version)
            found = slim.get(service_name)
            if found is None:
                wanted = {name.partition(".")[2] for name in methods if name.startswith(f"{service_name}.")}
                whole = super().load_service_model(service_name, type_name, api_version)
                found = slim[service_name] = slim_model(whole, wanted)
                self._forget()
            return found

        def _forget(self) -> None:
            """Let go of the whole model, which the loader keeps."""
            kept: dict[Any, Any] = getattr(self, "_cache", {})
            for key in [key for key in kept if _MODEL in str(key)]:
                del kept[key]

    slim: dict[str, Any] = {}
    return Slim(extra_search_paths=[path for path in plain.search_paths if path not in Loader().search_paths])


def slim_endpoints(table: dict[str, Any]) -> dict[str, Any]:
    """The table of endpoints with the services that an audit asks."""
    names = {operation.name.partition(".")[0] for operation in OPERATIONS.values()} | _PREFIXES
    partitions = [
        {**each, "services": {name: entry for name, entry in each.get("services", {}).items() if name in names}}
        for each in table.get("partitions", ())
    ]
    return {**table, "partitions": partitions}


def slim_model(model: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """A service model with some operations, the shapes that they reach, and no prose."""
    operations = {name: entry for name, entry in model["operations"].items() if name in wanted}
    shapes: dict[str, Any] = {}
    pending = [
        shape["shape"]
        for entry in operations.values()
        for shape in (entry.get("input"), entry.get("output"), *entry.get("errors", ()))
        if shape
    ]
    while pending:
        name = pending.pop()
        if name not in shapes:
            shape = shapes[name] = _terse(model["shapes"][name])
            members = [*shape.get("members", {}).values(), shape.get("member"), shape.get("key"), shape.get("value")]
            pending += [member["shape"] for member in members if member]
    return {**_terse({**model, "operations": {}, "shapes": {}}), "operations": _terse(operations), "shapes": shapes}


def _terse(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _terse(child) for key, child in value.items() if key != "documentation"}
    return [_terse(child) for child in value] if isinstance(value, list) else value
