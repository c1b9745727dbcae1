"""What names and expressions of a program stand for, across its files. One question, asked by ``boto`` and ``node``:
which SDK object is this?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from lambdalint.code.module import Module
from lambdalint.code.program import Program
from lambdalint.code.syntax import Either, Expr, Invoke, Member, Name, Text, dotted, last_name
from lambdalint.record import field, record

# Names are followed through at most this many steps.
_STEPS = 12
# At most this many callers or returns are looked at.
_ALTERNATIVES = 20


@record
class Library:
    """A module of another package; ``name`` is its name, ``member`` what was taken from it."""

    name: str
    member: str | None = None


@record
class Session:
    """A boto3 session; ``assumed`` says that it has credentials of its own."""

    assumed: bool


@record
class Client:
    """An SDK client. ``style`` says what its methods are."""

    service: str
    style: Literal["boto3", "methods", "commands", "document"]
    assumed: bool = False


@record
class Resource:
    """A boto3 resource: ``kind`` is the service for the entrance, else "Table", "Bucket" ...; ``identifier`` is
    (argument's name, expression, file)."""

    service: str
    kind: str
    identifier: tuple[str, Expr, str] | None
    assumed: bool = False


@record
class Dynamic:
    """A client of a service whose name was not worked out."""


Thing: TypeAlias = Library | Session | Client | Resource | Dynamic
#: Gives the thing that a call makes: (resolver, file, call, steps left).
Maker: TypeAlias = "Callable[[Resolver, str, Invoke, int], Thing | None]"
#: Gives the thing that a member of a thing is.
Taker: TypeAlias = "Callable[[Thing, str], Thing | None]"


@record(frozen=False)
class Resolver:
    """Follows names of a program to SDK things and to values."""

    program: Program
    make: Maker
    take: Taker
    _known: dict[tuple[str, int, int], Thing | None] = field(default_factory=dict)

    def thing(self, path: str, expr: Expr, steps: int = _STEPS) -> Thing | None:
        """The SDK thing that an expression stands for; None for anything else."""
        if steps <= 0:
            return None
        key = (path, expr.start, expr.end)
        if not isinstance(expr, Name | Member | Invoke):
            return self._plain(path, expr, steps)
        if key in self._known:
            return self._known[key]
        self._known[key] = None  # a name that leads to itself leads nowhere
        found = self._plain(path, expr, steps)
        if found is None and steps < _STEPS:
            del self._known[key]  # another way here may have more steps left
        else:
            self._known[key] = found
        return found

    def _plain(self, path: str, expr: Expr, steps: int) -> Thing | None:
        match expr:
            case Name():
                return self._name(path, expr, steps)
            case Member(base=base, name=name):
                return self._member(path, expr, base, name, steps)
            case Invoke():
                return self.make(self, path, expr, steps - 1) or self._returned(path, expr, steps)
            case Either(options=options):
                return next((found for each in options if (found := self.thing(path, each, steps - 1))), None)
            case _:
                return None

    def _name(self, path: str, expr: Name, steps: int) -> Thing | None:
        module = self.program.modules[path]
        found = self._any_binding(path, module, expr.text, expr.start, steps)
        if found is not None:
            return found
        imported = self.program.target(path, expr.text)
        if imported is not None:
            site, target = imported
            if target is not None:
                return self._exported(target.path, target.name, steps - 1)
            name = site.names[expr.text]
            return Library(site.module, None if name == "default" else name)
        return self._parameter(path, module, expr, steps)

    def _any_binding(self, path: str, module: Module, name: str, offset: int, steps: int) -> Thing | None:
        """What a name stands for: the nearest binding, else any other in the same scope (``c = None`` comes first)."""
        nearest = module.lookup(name, offset)
        if nearest is None:
            return None
        found = self.thing(path, nearest.value, steps - 1)
        if found is not None:
            return found
        for binding in module.bindings[name]:
            if binding is not nearest and binding.scope == nearest.scope:
                found = self.thing(path, binding.value, steps - 1)
                if found is not None:
                    return found
        return None

    def _member(self, path: str, expr: Expr, base: Expr, name: str, steps: int) -> Thing | None:
        whole = dotted(expr)
        if whole is not None:
            module = self.program.modules[path]
            found = self._any_binding(path, module, whole, expr.start, steps)
            if found is not None:
                return found
        owner = self.thing(path, base, steps - 1)
        if owner is not None:
            return self.take(owner, name)
        if isinstance(base, Name):
            imported = self.program.target(path, base.text)
            if imported is not None and imported[1] is not None:
                return self._exported(imported[1].path, name, steps - 1)
        return self._attribute(name, steps)

    def _attribute(self, name: str, steps: int) -> Thing | None:
        """``anything.queue`` where some class of the program sets ``self.queue``: alike everywhere, or nothing."""
        found: set[Thing] = set()
        for path, module in self.program.modules.items():
            for key in (f"self.{name}", f"this.{name}", f"cls.{name}"):
                for binding in module.bindings.get(key, ()):
                    thing = self.thing(path, binding.value, steps - 2)
                    if isinstance(thing, Client):
                        found.add(thing)
        return found.pop() if len(found) == 1 else None

    def _exported(self, path: str, name: str | None, steps: int) -> Thing | None:
        """What another file has under a name."""
        module = self.program.modules.get(path)
        if module is None or steps <= 0:
            return None
        exported = module.exports.get(name or "default")
        if exported is not None:
            return self.thing(path, exported, steps - 1)
        if name is None:
            return None
        found = self._any_binding(path, module, name, len(module.source), steps)
        if found is not None:
            return found
        imported = self.program.target(path, name)
        if imported is not None and imported[1] is not None:
            return self._exported(imported[1].path, imported[1].name, steps - 1)
        if imported is not None:
            return Library(imported[0].module, imported[0].names[name])
        return self._reexported(path, module, name, steps)

    def _reexported(self, path: str, module: Module, name: str, steps: int) -> Thing | None:
        for source, there, here in module.reexports:
            resolved = self.program.resolved.get((path, 0, source))
            if here in ("*", name) and resolved is not None:
                for file in resolved.files:
                    found = self._exported(file, name if there == "*" else there, steps - 1)
                    if found is not None:
                        return found
        return None

    def _returned(self, path: str, call: Invoke, steps: int) -> Thing | None:
        """What a function of the program returns."""
        name = last_name(call.callee)
        if name is None or call.new:
            return None
        for other, value in self.program.returns(name)[:_ALTERNATIVES]:
            found = self.thing(other, value, steps - 2)
            if found is not None:
                return found
        return None

    def _parameter(self, path: str, module: Module, expr: Name, steps: int) -> Thing | None:
        """What callers hand over for a parameter."""
        site = module.function_at(expr.start)
        while site is not None and expr.text not in site.params:
            site = module.around(site)
        if site is None or steps < 3:
            return None
        index = site.params.index(expr.text)
        name = site.owner if site.name in ("__init__", "constructor") and site.owner else site.name
        for other, call in self.program.callers(name)[:_ALTERNATIVES]:
            handed = call.named.get(expr.text) or (call.args[index] if index < len(call.args) else None)
            if handed is not None:
                found = self.thing(other, handed, steps - 3)
                if found is not None:
                    return found
        return None

    def constant(self, path: str, expr: Expr, steps: int = 6) -> str | None:
        """The text that an expression is, through names; None when it is not constant."""
        match expr:
            case Text(value=value):
                return value
            case Name() | Member():
                found = self.value(path, expr, steps)
                return found[1].value if found is not None and isinstance(found[1], Text) else None
            case _:
                return None

    def value(self, path: str, expr: Expr, steps: int = 6) -> tuple[str, Expr] | None:
        """The expression that a name stands for, and the file that it is in; None when there are several."""
        if steps <= 0:
            return None
        match expr:
            case Name(text=text, start=start):
                module = self.program.modules[path]
                binding = module.lookup(text, start)
                if binding is not None:
                    alike = [each for each in module.bindings[text] if each.scope == binding.scope]
                    return self.value(path, binding.value, steps - 1) if len(alike) == 1 else None
                imported = self.program.target(path, text)
                if imported is None or imported[1] is None:
                    return None
                return self._exported_value(imported[1].path, imported[1].name, steps - 1)
            case Member(base=Name(text=text), name=name):
                imported = self.program.target(path, text)
                if imported is not None and imported[1] is not None:
                    return self._exported_value(imported[1].path, name, steps - 1)
                whole = dotted(expr)
                bindings = self.program.modules[path].bindings.get(whole or "", [])
                return self.value(path, bindings[0].value, steps - 1) if len(bindings) == 1 else (path, expr)
            case _:
                return path, expr

    def _exported_value(self, path: str, name: str | None, steps: int) -> tuple[str, Expr] | None:
        module = self.program.modules.get(path)
        if module is None or name is None:
            return None
        exported = module.exports.get(name)
        if exported is not None and not (isinstance(exported, Name) and exported.text == name):
            return self.value(path, exported, steps)
        found = [each for each in module.bindings.get(name, ()) if each.scope[0] == 0]
        return self.value(path, found[0].value, steps) if len(found) == 1 else None
