"""``read_handler``: from a template's ``CodeUri`` and ``Handler`` to what the source says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from lambdalint.code import operations
from lambdalint.code.fact import Call, Client, Handler, Import
from lambdalint.code.locate import Absent, Located, locate
from lambdalint.source.folder import DictFolder, Folder

if TYPE_CHECKING:
    from lambdalint.code.argument import Arguments
    from lambdalint.code.boto import Found
    from lambdalint.code.module import FunctionSite
    from lambdalint.code.program import Program
    from lambdalint.code.resolve import Resolver

# The name that CloudFormation gives to inline code:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
_INLINE = "index"


def read_handler(
    folder: Folder,
    code_path: str | None,
    handler: str | None,
    runtime: str | None,
    inline: str | None = None,
    entry_points: Sequence[str] = (),
) -> Handler:
    """Read the source of a handler; nothing in it is run, and nothing outside the folder is read.

    ``code_path`` is where the code stands, from the folder's root; ``inline`` is the text of ``ZipFile``, whose lines
    count from its own first one; ``entry_points`` are those of esbuild, relative to the code. A path that does not
    exist costs one look at the disk.
    """
    if runtime is not None and not runtime.startswith(("python", "nodejs")):
        return Handler(False, f"code for {runtime} is not read")
    if inline is not None:
        return _read_inline(inline, handler, runtime)
    if code_path is None:
        return Handler(False, "the code is not in this repository")
    if handler is None:
        return Handler(False, "the handler is not known")
    located = locate(folder, code_path, handler, runtime, entry_points)
    if isinstance(located, Absent):
        return Handler(False, located.why, located.missing)
    return _read(folder, located, runtime)


def _read_inline(text: str, handler: str | None, runtime: str | None) -> Handler:
    if runtime is None:
        return Handler(False, "the runtime of the inline code is not known")
    name = f"{_INLINE}.py" if runtime.startswith("python") else f"{_INLINE}.js"
    function = (handler or "").rpartition(".")[2] or "handler"
    located = Located(name, function, "", "python" if name.endswith(".py") else "javascript")
    return _read(DictFolder({name: text}), located, runtime)


def _read(folder: Folder, located: Located, runtime: str | None) -> Handler:
    from lambdalint.code.entry import find_handler
    from lambdalint.code.manifest import read_manifest
    from lambdalint.code.program import Program, unreadable

    raw = folder.read(located.path)
    why = unreadable(raw) if raw is not None else "cannot be read"
    if why is not None:
        return Handler(False, f"{located.path} {why}", path=located.path, language=located.language)
    directory = located.path.rpartition("/")[0]
    manifest, dependencies = read_manifest(folder, directory, located.language != "python")
    program = Program(folder, located, runtime, dependencies)
    module = program.load(located.path)
    if module is None:
        return Handler(False, f"{located.path} is not readable source", path=located.path, language=located.language)
    site, present = find_handler(module, located.function, located.language)
    program.follow(site)
    return _facts(program, site, present, manifest)


def _facts(program: Program, site: FunctionSite | None, present: bool, manifest: str | None) -> Handler:
    from lambdalint.code import boto, node, shape
    from lambdalint.code.argument import Arguments
    from lambdalint.code.effect import evidence, side_effects
    from lambdalint.code.environment import environment_reads
    from lambdalint.code.native import is_native

    located = program.located
    python = located.language == "python"
    sdk = boto if python else node
    resolver = sdk.resolver(program)
    arguments = Arguments(program, resolver, site)
    found = [(place, _call(program, arguments, place)) for place in sdk.calls(program, resolver)]
    for path, parsed in program.modules.items():
        if any(program.counts(path, offset) for offset in parsed.dynamic):
            program.open(f"{path} runs or imports code that is chosen while running")
    reads, more = environment_reads(program, resolver)
    module = program.modules[located.path]
    missing = not present and module.error_line is None
    return Handler(
        readable=True,
        missing="function" if missing else None,
        path=located.path,
        language=located.language,
        line=module.line(site.start) if site is not None else None,
        calls=_ordered([call for _, call in found]),
        side_effects=_ordered(list(side_effects(program, arguments, found))),
        clients=_clients(program, resolver, site),
        environment_reads=reads,
        environment_open=more or program.own_code_open,
        imports=_unique(program.imports),
        dependencies=program.dependencies,
        manifest=manifest,
        idempotency=evidence(program, arguments, [place for place, _ in found], program.dependencies),
        returns_batch_item_failures=shape.returns_batch_item_failures(program),
        reads_first_record_only=shape.reads_first_record_only(program, site),
        decodes_object_key=shape.decodes_object_key(program),
        callback_style=shape.callback_style(program, site),
        native=is_native(program.folder, located.root, not python, program.imports, program.dependencies),
        unfollowed=tuple(program.unfollowed),
        files=tuple(program.modules),
    )


def _call(program: Program, arguments: Arguments, found: Found) -> Call:
    line = program.modules[found.path].line(found.call.start)
    actions = operations.actions(found.service, found.operation)
    if not actions:
        actions = _by_arguments(arguments, found)
    return Call(found.service, found.operation, actions, found.path, line, arguments.of(found), found.assumed)


_TRANSACT = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def _by_arguments(arguments: Arguments, found: Found) -> tuple[str, ...]:
    """The actions of operations whose arguments decide: transactions and PartiQL."""
    if found.service != "dynamodb":
        return ()
    params = arguments.expressions(found)
    if found.operation == "TransactWriteItems" and "TransactItems" in params:
        path, expr = params["TransactItems"]
        words = arguments.program.modules[path].words(expr.start, expr.end)
        return tuple(f"dynamodb:{action}" for word, action in _TRANSACT.items() if word in words)
    if found.operation == "ExecuteStatement" and "Statement" in params:
        verb = arguments.text(*params["Statement"]).strip().split(" ", 1)[0].capitalize()
        return (f"dynamodb:PartiQL{verb}",) if verb in ("Select", "Insert", "Update", "Delete") else ()
    return ()


def _clients(program: Program, resolver: Resolver, site: FunctionSite | None) -> tuple[Client, ...]:
    from lambdalint.code.resolve import Client as ClientThing
    from lambdalint.code.resolve import Resource

    found: list[Client] = []
    for path, module, call in program.invokes():
        thing = resolver.make(resolver, path, call, _STEPS)
        if isinstance(thing, Resource) and thing.kind != thing.service:
            continue
        if isinstance(thing, ClientThing | Resource):
            around = module.function_at(call.start)
            inside = site is not None and path == program.located.path and site.start <= call.start < site.end
            where: Literal["module", "handler", "function"] = (
                "module" if around is None else "handler" if inside else "function"
            )
            cached = any(start <= call.start < end for start, end in module.caching)
            line = module.line(call.start)
            found.append(Client(thing.service, path, line, where, cached, thing.assumed))
    return tuple(found)


# Names are followed this far to see that a call makes a client.
_STEPS = 8


def _ordered(calls: list[Call]) -> tuple[Call, ...]:
    """Calls in the order of files and lines, each once."""
    return tuple(sorted(dict.fromkeys(calls), key=lambda call: (call.path, call.line, call.service, call.operation)))


def _unique(imports: list[Import]) -> tuple[Import, ...]:
    """Imports in the order of files and lines, each once."""
    return tuple(sorted(dict.fromkeys(imports), key=lambda each: (each.path, each.line, each.module)))
