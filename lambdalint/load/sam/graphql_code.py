"""Functions and resolvers of an ``AWS::Serverless::GraphQLApi``: AppSync's own code and what it asks.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-graphqlapi.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, each, get_att, given, pick, plain_map, text_of
from lambdalint.load.sam.lowering import Cause, Lowering, Unit, entries
from lambdalint.source.node import Mapping, Node

#: What a resolver without code runs on; the code that SAM gives it only hands on the last result of its pipeline.
_RUNTIME: dict[str, Part] = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}


def lower_code(lowering: Lowering, unit: Unit, sources: dict[str, Part]) -> None:
    """Add functions, resolvers, and the empty data source where one of them asks for it.

    ``sources`` holds by their names in ``DataSources`` what the data sources are called.
    """
    functions: dict[str, Part] = {}
    for name, entry, place in entries(lowering, unit, "Functions"):
        written = given(entry.get("Id"))
        functions[name] = written or get_att(f"{unit.logical_id}{name}", "FunctionId")
        if written is None:
            _function(lowering, unit, name, entry, sources, Cause(place, f"AppSync function {name}"))
    for kind, resolvers, _ in entries(lowering, unit, "Resolvers"):
        for name, node in resolvers.items.items():
            resolver = plain_map(node)
            if resolver is not None:
                _resolver(lowering, unit, kind, name, resolver, functions, Cause(resolvers.key(name), "Resolvers"))


def _function(
    lowering: Lowering, unit: Unit, name: str, entry: Mapping, sources: dict[str, Part], cause: Cause
) -> None:
    value: dict[str, Part] = {
        "ApiId": get_att(unit.logical_id, "ApiId"),
        "Name": name,
        **pick(entry, ("Description", "MaxBatchSize", "Name")),
        "Code": given(entry.get("InlineCode")),
        "CodeS3Location": given(entry.get("CodeUri")),
        "DataSourceName": _source(lowering, unit, name, entry, sources, cause),
        "Runtime": _runtime(entry),
        "SyncConfig": given(entry.get("Sync")),
    }
    renamed = {"Code": "InlineCode", "CodeS3Location": "CodeUri", "DataSourceName": "DataSource", "SyncConfig": "Sync"}
    logical_id = f"{unit.logical_id}{name}"
    lowering.generate(unit, logical_id, "AWS::AppSync::FunctionConfiguration", value, cause, entry, renamed=renamed)


def _source(lowering: Lowering, unit: Unit, name: str, entry: Mapping, sources: dict[str, Part], cause: Cause) -> Part:
    """What the data source of a function is called."""
    written = given(entry.get("DataSource"))
    text = text_of(written)
    if text is None:
        return written
    if text.lower() == "none":
        logical_id = f"{unit.logical_id}NoneDataSource"
        value: dict[str, Part] = {"ApiId": get_att(unit.logical_id, "ApiId"), "Name": logical_id, "Type": "NONE"}
        if logical_id not in lowering.stack.resources:
            lowering.generate(unit, logical_id, "AWS::AppSync::DataSource", value, cause)
        return get_att(logical_id, "Name")
    if text not in sources:
        why = f"there is no {text} in DataSources, so what it asks is not looked at; correct DataSource"
        lowering.gap(f"Functions.{name} of {unit.logical_id}", why, entry.key("DataSource"))
    return sources.get(text)


def _runtime(entry: Mapping) -> Part:
    written = plain_map(entry.get("Runtime"))
    if written is None:
        return given(entry.get("Runtime"))
    value: dict[str, Part] = {"Name": child(written, "Name"), "RuntimeVersion": child(written, "Version")}
    return build(value, written, written.via, written)


def _resolver(
    lowering: Lowering, unit: Unit, kind: str, name: str, entry: Mapping, functions: dict[str, Part], cause: Cause
) -> None:
    inline, uri = given(entry.get("InlineCode")), given(entry.get("CodeUri"))
    own = inline is not None or uri is not None
    pipeline = given(entry.get("Pipeline"))
    steps: list[Part] = [_step(lowering, unit, f"{kind}.{name}", node, functions) for node in each(pipeline)]
    value: dict[str, Part] = {
        "ApiId": get_att(unit.logical_id, "ApiId"),
        "TypeName": kind,
        "FieldName": given(entry.get("FieldName")) or name,
        "Kind": None if pipeline is None else "PIPELINE",
        "PipelineConfig": None if pipeline is None else {"Functions": steps},
        "Code": inline,
        "CodeS3Location": uri,
        "Runtime": _runtime(entry) if own else _RUNTIME,
        "CachingConfig": given(entry.get("Caching")),
        **pick(entry, ("MaxBatchSize",)),
    }
    lowering.generate(
        unit,
        f"{unit.logical_id}{kind}{name}",
        "AWS::AppSync::Resolver",
        value,
        cause,
        entry,
        attributes={"DependsOn": [f"{unit.logical_id}Schema"]},
        renamed={"Code": "InlineCode", "CodeS3Location": "CodeUri", "PipelineConfig": "Pipeline"},
    )


def _step(lowering: Lowering, unit: Unit, resolver: str, node: Node, functions: dict[str, Part]) -> Part:
    found = functions.get(text_of(node) or "")
    if found is None:
        why = "its Pipeline names a function that is not in Functions, so what it asks is not looked at; correct it"
        lowering.gap(f"Resolvers.{resolver} of {unit.logical_id}", why, node)
    return found
