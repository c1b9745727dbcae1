"""boto3: which calls of a Python program are AWS operations.

https://docs.aws.amazon.com/boto3/latest/guide/clients.html and .../resources.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lambdalint.code import operations
from lambdalint.code.program import Program
from lambdalint.code.resolve import Client, Dynamic, Library, Resolver, Resource, Session, Thing
from lambdalint.code.syntax import Expr, Invoke, Member, Text
from lambdalint.record import record

_MODULES = ("boto3", "boto3.session", "botocore.session", "aioboto3", "aiobotocore.session")
_CREDENTIALS = frozenset({"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name"})


@record
class Found:
    """A call of an operation; ``params`` are its arguments, ``extra`` those of the resource."""

    service: str
    operation: str
    path: str
    call: Invoke
    assumed: bool
    extra: tuple[tuple[str, Expr, str], ...] = ()


def resolver(program: Program) -> Resolver:
    """A resolver that knows boto3."""
    return Resolver(program, _make, _take)


def _take(owner: Thing, name: str) -> Thing | None:
    match owner:
        case Library(name=module, member=None) if module in _MODULES:
            return Library(module, None if name == "session" else name)
        case Library(name=module, member="session") if module in _MODULES:
            return Library(module, name)
        case Resource() if name == "meta":
            return owner
        case Resource(service=service, assumed=assumed) if name == "client":
            return Client(service, "boto3", assumed)
        case Resource(service=service, identifier=identifier, assumed=assumed) if name == "objects":
            return Resource(service, "objects", identifier, assumed)
        case _:
            return None


def _make(resolver: Resolver, path: str, call: Invoke, steps: int) -> Thing | None:
    callee = call.callee
    if isinstance(callee, Member):
        owner = resolver.thing(path, callee.base, steps)
        match owner:
            case Session(assumed=assumed) if callee.name in ("client", "resource", "create_client"):
                return _entrance(resolver, path, call, callee.name, assumed)
            case Resource() if callee.name != "client":
                return _part(path, owner, callee.name, call)
            case Client() if callee.name == "__aenter__":
                return owner
            case None | Library():
                pass
            case _:
                return None
    match resolver.thing(path, callee, steps):
        case Library(name=module, member=("client" | "resource") as kind) if module in _MODULES:
            return _entrance(resolver, path, call, kind, False)
        case Library(name=module, member="Session" | "get_session" | "AioSession") if module in _MODULES:
            return Session(_own_credentials(call))
        case _:
            return None


def _own_credentials(call: Invoke) -> bool:
    return not _CREDENTIALS.isdisjoint(call.named) or bool(call.spread)


def _entrance(resolver: Resolver, path: str, call: Invoke, kind: str, assumed: bool) -> Thing:
    """``client("sqs")`` or ``resource("sqs")``."""
    given = call.named.get("service_name") or (call.args[0] if call.args else None)
    name = resolver.constant(path, given) if given is not None else None
    if name is None:
        return Dynamic()
    assumed = assumed or _own_credentials(call)
    return Resource(name, name, None, assumed) if kind == "resource" else Client(name, "boto3", assumed)


def _part(path: str, owner: Resource, method: str, call: Invoke) -> Thing | None:
    """``dynamodb.Table(x)``, ``bucket.Object(x)``, ``table.batch_writer()``."""
    if owner.kind == "Table" and method == "batch_writer":
        return Resource(owner.service, "BatchWriter", owner.identifier, owner.assumed)
    if owner.kind == "Bucket" and method == "Object":
        return Resource(owner.service, "Object", owner.identifier, owner.assumed)
    made = operations.RESOURCES.get((owner.kind, method))
    if made is None:
        return None
    given = call.args[0] if call.args else next(iter(call.named.values()), None)
    return Resource(owner.service, made[0], (made[1], given, path) if given is not None else None, owner.assumed)


def calls(program: Program, resolver: Resolver) -> Iterator[Found]:
    """Every AWS operation that the code calls. What is called but not understood makes the program open."""
    for path, module, call in program.invokes():
        callee = call.callee
        if not isinstance(callee, Member):
            if isinstance(resolver.thing(path, call), Dynamic):
                _dynamic(program, path, module.line(call.start))
            continue
        made = resolver.thing(path, call)
        if isinstance(made, Dynamic):
            _dynamic(program, path, module.line(call.start))
        match resolver.thing(path, callee.base):
            case Client(service=service, assumed=assumed):
                yield from _of_client(program, path, call, callee.name, service, assumed)
            case Resource() as owner:
                key = (owner.kind, callee.name)
                operation = operations.RESOURCE_METHODS.get(key)
                extra = (owner.identifier,) if owner.identifier is not None else ()
                if operation is not None:
                    yield Found(owner.service, operation, path, call, owner.assumed, extra)
                elif key not in operations.RESOURCE_METHODS and made is None and callee.name != "exceptions":
                    program.open(f"{path}:{module.line(call.start)} calls {callee.name}() of {owner.kind}", own=False)
            case _:
                pass


def _dynamic(program: Program, path: str, line: int) -> None:
    program.open(f"{path}:{line} makes a client of a service that is chosen while running", own=False)


def _of_client(program: Program, path: str, call: Invoke, method: str, service: str, assumed: bool) -> Iterator[Found]:
    if method in ("get_paginator", "get_waiter", "generate_presigned_url"):
        first = call.args[0] if call.args else call.named.get("operation_name") or call.named.get("ClientMethod")
        if not isinstance(first, Text):
            line = program.modules[path].line(call.start)
            program.open(f"{path}:{line} chooses an operation while running", own=False)
        elif method != "get_waiter":
            yield Found(service, operations.operation(first.value), path, call, assumed)
        return
    if method in operations.BOTO3_METHODS:
        operation = operations.BOTO3_METHODS[method]
        if operation is not None:
            yield Found(service, operation, path, call, assumed)
        return
    if method.islower() and method.isidentifier():
        yield Found(service, operations.operation(method), path, call, assumed)
