"""The AWS SDK for JavaScript, versions 2 and 3: which calls of a program are AWS operations.

https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/ ; clients take commands (``client.send(new PutCommand(...))``)
or, the older way, have a method for each operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lambdalint.code import operations, services
from lambdalint.code.boto import Found
from lambdalint.code.program import Program
from lambdalint.code.resolve import Client, Library, Resolver, Thing
from lambdalint.code.syntax import Expr, Invoke, Lambda, Member, Name, Opaque, Record, Text

_PACKAGE = re.compile(r"@aws-sdk/client-([\w-]+)$")
_OLD = re.compile(r"aws-sdk(?:/clients/(\w+)(?:\.js)?|/index|/global)?$")
_DOCUMENT = "@aws-sdk/lib-dynamodb"
_TRACERS = frozenset({"captureAWS", "captureAWSClient", "captureAWSv3Client"})
_NO_SERVICE = frozenset({"Config", "Credentials", "CredentialProviderChain", "Endpoint", "HttpRequest", "Request"})


def resolver(program: Program) -> Resolver:
    """A resolver that knows the AWS SDK for JavaScript."""
    return Resolver(program, _make, _take)


def _take(owner: Thing, name: str) -> Thing | None:
    match owner:
        case Library(name=module, member=None):
            return Library(module, name if name != "default" else None)
        case Library(name=module, member="DynamoDB") if _OLD.match(module) and name == "DocumentClient":
            return Library(module, "DynamoDB.DocumentClient")
        case Library(name=module, member="default"):
            return Library(module, name)
        case _:
            return None


def _make(resolver: Resolver, path: str, call: Invoke, steps: int) -> Thing | None:
    callee = call.callee
    match callee, call.args:
        case Name(text="require"), [Text(value=module)]:
            imported = resolver.program.resolved.get((path, call.start, module))
            return Library(module) if imported is None or imported.origin != "local" else None
        case Name(text="__importDefault" | "__importStar" | "__toESM" | "_interopRequireDefault"), [first, *_]:
            return resolver.thing(path, first, steps)
    name = callee.name if isinstance(callee, Member) else callee.text if isinstance(callee, Name) else ""
    if name in _TRACERS and call.args:
        return resolver.thing(path, call.args[0], steps)
    if name == "from" and isinstance(callee, Member):
        match resolver.thing(path, callee.base, steps):
            case Library(name=module, member="DynamoDBDocumentClient" | "DynamoDBDocument") if module == _DOCUMENT:
                base = resolver.thing(path, call.args[0], steps) if call.args else None
                return Client("dynamodb", "document", isinstance(base, Client) and base.assumed)
    if not call.new:
        return None
    match resolver.thing(path, callee, steps):
        case Library(name=module, member=member):
            return _constructed(resolver, path, call, module, member)
        case _:
            return None


def _constructed(resolver: Resolver, path: str, call: Invoke, module: str, member: str | None) -> Thing | None:
    package, old = _PACKAGE.match(module), _OLD.match(module)
    if package is not None and member is not None and not member.endswith(("Command", "Exception")):
        assumed = _own_credentials(resolver, path, call)
        return Client(services.service(package[1]), "commands" if member.endswith("Client") else "methods", assumed)
    if old is None:
        return None
    if member in ("DynamoDB.DocumentClient", "DocumentClient"):
        return Client("dynamodb", "document", _own_credentials(resolver, path, call))
    name = old[1] or member
    if name is None or name in _NO_SERVICE or name.endswith("Credentials"):
        return None
    return Client(services.service(name), "methods", _own_credentials(resolver, path, call))


def _own_credentials(resolver: Resolver, path: str, call: Invoke) -> bool:
    """Whether a client is given credentials."""
    if not call.args:
        return False
    found = resolver.value(path, call.args[0])
    if found is None or not isinstance(found[1], Record):
        return isinstance(call.args[0], Opaque)
    keys = found[1].items
    return "credentials" in keys or "accessKeyId" in keys or bool(found[1].spread)


def calls(program: Program, resolver: Resolver) -> Iterator[Found]:
    """Every AWS operation that the code calls. What is called but not understood makes the program open."""
    for path, _, call in program.invokes():
        if call.new:
            yield from _command(resolver, path, call)
        elif isinstance(call.callee, Member):
            client = resolver.thing(path, call.callee.base)
            if isinstance(client, Client):
                yield from _method(program, resolver, path, call, call.callee, client)
                continue
        if not call.new:
            yield from _helper(resolver, path, call)


def _command(resolver: Resolver, path: str, call: Invoke) -> Iterator[Found]:
    """``new SendMessageCommand(...)``: nobody makes one without sending it."""
    match resolver.thing(path, call.callee):
        case Library(name=module, member=str(member)):
            package = _PACKAGE.match(module)
            operation = member.removesuffix("Command")
            if package is not None and operation != member:
                yield Found(services.service(package[1]), operation, path, call, _sender(resolver, path, call))
            elif module == _DOCUMENT and operation != member:
                method = operation[:1].lower() + operation[1:]
                found = operations.DOCUMENT_METHODS.get(method, operation)
                yield Found("dynamodb", found, path, call, _sender(resolver, path, call))
            elif module == "@aws-sdk/lib-storage" and member == "Upload":
                yield Found("s3", "PutObject", path, _params(call), False)


def _params(call: Invoke) -> Invoke:
    """The call with its ``params`` as its argument."""
    first = call.args[0] if call.args else None
    inner = first.items.get("params") if isinstance(first, Record) else None
    if inner is None:
        return call
    return Invoke(call.callee, [inner], {}, [], call.new, call.start, call.end)


def _sender(resolver: Resolver, path: str, command: Invoke) -> bool:
    """Whether the client that sends a command has credentials of its own."""
    for other, call in resolver.program.callers("send"):
        if other != path or not isinstance(call.callee, Member) or not call.args:
            continue
        sent = call.args[0]
        if isinstance(sent, Name):
            found = resolver.value(path, sent)
            sent = found[1] if found is not None else sent
        if (sent.start, sent.end) == (command.start, command.end):
            client = resolver.thing(path, call.callee.base)
            return isinstance(client, Client) and client.assumed
    return False


def _method(
    program: Program, resolver: Resolver, path: str, call: Invoke, callee: Member, client: Client
) -> Iterator[Found]:
    name = callee.name
    if name in ("getSignedUrl", "getSignedUrlPromise"):
        first = call.args[0] if call.args else None
        if isinstance(first, Text):
            yield Found(client.service, first.value[:1].upper() + first.value[1:], path, call, client.assumed)
        return
    if name == "send":
        _sent(program, resolver, path, call)
        return
    if client.style == "commands" or name in ("waitFor", "promise", "then", "catch"):
        return
    if client.style == "document":
        operation: str | None = operations.DOCUMENT_METHODS.get(name)
    elif name in operations.NODE_METHODS:
        operation = operations.NODE_METHODS[name]
    else:
        operation = name[:1].upper() + name[1:]
    if operation is not None:
        yield Found(client.service, operation, path, call, client.assumed)


def _sent(program: Program, resolver: Resolver, path: str, call: Invoke) -> None:
    """A command that was not made in sight leaves the program open."""
    sent: Expr | None = call.args[0] if call.args else None
    if isinstance(sent, Name):
        module = program.modules[path]
        bound = module.lookup(sent.text, sent.start)
        site = module.function_at(sent.start)
        if bound is not None or (site is not None and sent.text in site.params):
            return
    if not isinstance(sent, Invoke | None):
        line = program.modules[path].line(call.start)
        program.open(f"{path}:{line} sends a command that is chosen while running", own=False)


def _helper(resolver: Resolver, path: str, call: Invoke) -> Iterator[Found]:
    """``paginateScan(...)``, ``createPresignedPost(...)`` and the like."""
    if not isinstance(call.callee, Name | Member) or isinstance(call.callee, Lambda):
        return
    match resolver.thing(path, call.callee):
        case Library(name=module, member=str(member)):
            package = _PACKAGE.match(module)
            if member.startswith("paginate") and (package is not None or module == _DOCUMENT):
                service = services.service(package[1]) if package is not None else "dynamodb"
                yield Found(service, member.removeprefix("paginate"), path, call, False)
            elif module == "@aws-sdk/s3-presigned-post" and member == "createPresignedPost":
                yield Found("s3", "PutObject", path, call, False)
