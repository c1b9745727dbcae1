"""Environment variables that the code reads.

A read by a name that is not constant, or of all variables at once, leaves the list open.
"""

from __future__ import annotations

import re

from lambdalint.code.fact import EnvironmentRead
from lambdalint.code.module import Access, Module
from lambdalint.code.program import Program
from lambdalint.code.resolve import Resolver
from lambdalint.code.syntax import Either, Expr, Invoke, Item, Member, Name, Template, Text

_READS = frozenset({"get", "pop", "setdefault"})
_WHOLE = re.compile(
    rb"\benviron\.(?:items|copy|keys|values)\b|\(\s*(?:\w+\.)?environ\s*[,)]|\*\*\s*(?:\w+\.)?environ\b"
    rb"|\.\.\.\s*process\.env\b(?![.\[?])|[(,:]\s*process\.env\s*[,)}]"
)
_PRESENT = re.compile(rb"[\"'](\w+)[\"']\s+(?:not\s+)?in\s+(?:\w+\.)?environ\b")
# Libraries that read variables by the names of fields.
_SETTINGS = re.compile(r"(pydantic_settings|environs|decouple|dynaconf|envalid|env-var|@t3-oss/env|convict|znv)")
_IMPORTED = (("os", "environ"), ("process", "env"), ("node:process", "env"))
_STEPS = 4


def environment_reads(program: Program, resolver: Resolver) -> tuple[tuple[EnvironmentRead, ...], bool]:
    """The variables read, in the order of files and lines, and whether there may be more."""
    found: dict[tuple[str, str, int], EnvironmentRead] = {}
    more = any(_SETTINGS.match(each.module) for each in program.imports)
    more = more or next(program.search(_WHOLE), None) is not None
    tested = {match[1].decode() for _, _, match in program.search(_PRESENT)}
    for path, module in program.modules.items():
        tested.update(name for each in module.writes if (name := _key(resolver, path, each)))
    for path, module in program.modules.items():
        for access in module.accesses:
            if not _might_read(access) or not program.counts(path, access.expr.start):
                continue
            key = read_key(resolver, path, access.expr)
            if key is None:
                continue
            name = resolver.constant(path, key)
            if name is None:
                more = True
                continue
            read = _read(path, module, access, name, name in tested)
            found.setdefault((path, name, read.line), read)
    return tuple(found.values()), more


def _read(path: str, module: Module, access: Access, name: str, tested: bool) -> EnvironmentRead:
    expr = access.expr
    if isinstance(expr, Invoke):
        default = tested or access.guard >= 1 or len(expr.args) > 1 or bool(expr.named)
        return EnvironmentRead(name, default, module.line(expr.start), path)
    python = path.endswith(".py")
    default = tested or access.guard >= (2 if python else 1)
    return EnvironmentRead(name, default, module.line(expr.start), path, raises=python and not default)


def _might_read(access: Access) -> bool:
    """Leave out at once what is no read of the environment."""
    match access.expr:
        case Item(base=Name() | Member()) | Member(base=Name() | Member()) | Invoke():
            return True
        case _:
            return False


def _key(resolver: Resolver, path: str, expr: Expr) -> str | None:
    key = read_key(resolver, path, expr) if isinstance(expr, Item | Member) else None
    return resolver.constant(path, key) if key is not None else None


def read_key(resolver: Resolver, path: str, expr: Expr) -> Expr | None:
    """The expression that names the variable, where an expression reads one."""
    match expr:
        case Item(base=base, key=key) if is_environment(resolver, path, base):
            return key
        case Member(base=base, name=name, start=start, end=end) if not path.endswith(".py"):
            return Text(name, start, end) if is_environment(resolver, path, base) else None
        case Invoke(callee=Member(base=base, name=name), args=[key, *_]) if name in _READS:
            return key if is_environment(resolver, path, base) else None
        case Invoke(callee=Member(base=Name(text="os"), name="getenv") | Name(text="getenv"), args=[key, *_]):
            return key
        case _:
            return None


def is_environment(resolver: Resolver, path: str, expr: Expr, steps: int = _STEPS) -> bool:
    """Whether an expression is ``os.environ`` or ``process.env``, by whatever name."""
    match expr:
        case Member(base=Name(text=text), name="environ"):
            imported = resolver.program.target(path, text)
            return text == "os" or (imported is not None and imported[0].module == "os")
        case Member(base=Name(text="process"), name="env"):
            return True
        case Name(text=text, start=start) if steps:
            imported = resolver.program.target(path, text)
            if imported is not None:
                site = imported[0]
                return (site.module, site.names[text]) in (
                    ("os", "environ"),
                    ("process", "env"),
                    ("node:process", "env"),
                )
            bound = resolver.program.modules[path].lookup(text, start)
            return bound is not None and is_environment(resolver, path, bound.value, steps - 1)
        case _:
            return False


def variable(resolver: Resolver, path: str, expr: Expr, steps: int = _STEPS) -> str | None:
    """The environment variable that a value comes from, whole; None for anything else."""
    found = resolver.value(path, expr)
    if found is None or not steps:
        return None
    file, value = found
    if isinstance(value, Either):
        names = [variable(resolver, file, each, steps - 1) for each in value.options]
        return next((name for name in names if name is not None), None)
    if isinstance(value, Template) and value.pattern == "{}":
        return variable(resolver, file, value.parts[0], steps - 1)
    if isinstance(value, Invoke) and isinstance(value.callee, Name) and value.callee.text in ("str", "String"):
        return variable(resolver, file, value.args[0], steps - 1) if value.args else None
    key = read_key(resolver, file, value)
    return resolver.constant(file, key) if key is not None else None
