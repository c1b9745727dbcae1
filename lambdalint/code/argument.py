"""Where the arguments of calls come from: literals, the environment, the Lambda context or the event."""

from __future__ import annotations

import re

from lambdalint.code.boto import Found
from lambdalint.code.environment import variable
from lambdalint.code.fact import Argument
from lambdalint.code.module import FunctionSite, Module
from lambdalint.code.program import Program
from lambdalint.code.resolve import Resolver
from lambdalint.code.syntax import Expr, Member, Name, Record, Series, Template, Text, last_name
from lambdalint.record import record

_ROUNDS = 4
# Words that make a value differ each time the code runs.
_FRESH = re.compile(
    rb"\b(?:uuid[1-7]?|uuid_?v[1-7]|randomUUID|nanoid|ulid|ksuid|cuid|token_hex|token_urlsafe|random|randomBytes|now|utcnow"
    rb"|time_ns|perf_counter|monotonic)\b|\btime\.time\b|\bnew Date\(\)"
)
_CONTEXT = frozenset({"function_name", "functionName", "invoked_function_arn", "invokedFunctionArn"})


@record(frozen=False)
class Arguments:
    """Classifies the arguments of a program's calls."""

    program: Program
    resolver: Resolver
    site: FunctionSite | None
    _derived: dict[str, set[str]] | None = None

    def of(self, found: Found) -> tuple[Argument, ...]:
        """The arguments of a call, those inside lists of entries included, each name once."""
        return tuple(self.classify(path, name, expr) for name, (path, expr) in self.expressions(found).items())

    def expressions(self, found: Found) -> dict[str, tuple[str, Expr]]:
        """The arguments of a call as expressions, by name, with the file that they stand in."""
        params: dict[str, tuple[str, Expr]] = {}
        for name, expr, path in found.extra:
            params.setdefault(name, (path, expr))
        for name, expr in found.call.named.items():
            params[name] = (found.path, expr)
        sources = list(found.call.spread)
        if not found.path.endswith(".py"):
            sources += found.call.args[:1]
        for source in sources:
            self._record(found.path, source, params, 0)
        for path, expr in list(params.values()):
            if isinstance(expr, Series):
                for entry in expr.items[:20]:
                    self._record(path, entry, params, 1)
        return params

    def _record(self, path: str, expr: Expr, params: dict[str, tuple[str, Expr]], depth: int) -> None:
        found = self.resolver.value(path, expr)
        if found is None or depth > 2:
            return
        file, record = found
        if not isinstance(record, Record):
            return
        for name, value in record.items.items():
            params.setdefault(name, (file, value))
        for spread in record.spread:
            self._record(file, spread, params, depth + 1)

    def classify(self, path: str, name: str, expr: Expr) -> Argument:
        """Where one argument comes from."""
        found = self.resolver.value(path, expr)
        file, value = found if found is not None else (path, expr)
        if isinstance(value, Text):
            return Argument(name, "literal", value.value)
        read = variable(self.resolver, file, value)
        if read is not None:
            return Argument(name, "environment", read)
        if isinstance(value, Member) and value.name in _CONTEXT:
            return Argument(name, "context", value.name)
        pattern = value.pattern if isinstance(value, Template) else None
        if self.from_event(path, expr) or self.from_event(file, value):
            return Argument(name, "event", pattern)
        return Argument(name, "other", pattern)

    def text(self, path: str, expr: Expr) -> str:
        """What is known of a text: ``{}`` stands for what is not."""
        found = self.resolver.value(path, expr)
        value = found[1] if found is not None else expr
        if isinstance(value, Text):
            return value.value
        return value.pattern if isinstance(value, Template) else "{}"

    def fresh(self, path: str, expr: Expr, steps: int = 2) -> bool:
        """Whether a value is new each time: it mentions a random id or the time, or a name for one."""
        module = self.program.modules[path]
        if _FRESH.search(module.source, expr.start, expr.end):
            return True
        names = [expr.text] if isinstance(expr, Name) else sorted(module.words(expr.start, expr.end))[:10]
        for name in names if steps else ():
            bound = module.lookup(name, expr.start)
            if bound is not None and bound.value is not expr and self.fresh(path, bound.value, steps - 1):
                return True
        return False

    def from_event(self, path: str, expr: Expr) -> bool:
        """Whether an expression mentions the event or a name worked out from it."""
        if self._derived is None:
            self._derived = self._derive()
        module = self.program.modules[path]
        return not module.words(expr.start, expr.end).isdisjoint(self._derived.get(path, ()))

    def _derive(self) -> dict[str, set[str]]:
        """The names that hold the event or something worked out from it, by file."""
        derived: dict[str, set[str]] = {path: set() for path in self.program.modules}
        first = self.site.params[0] if self.site is not None and self.site.params else "event"
        derived[self.program.located.path].update(first.split() or ["event"])
        words = {path: self._bound_words(module) for path, module in self.program.modules.items()}
        for _ in range(_ROUNDS):
            before = sum(map(len, derived.values()))
            for path, bindings in words.items():
                for name, mentioned in bindings:
                    if name not in derived[path] and not mentioned.isdisjoint(derived[path]):
                        derived[path].add(name)
            self._hand_over(derived)
            if sum(map(len, derived.values())) == before:
                break
        return derived

    @staticmethod
    def _bound_words(module: Module) -> list[tuple[str, set[str]]]:
        return [
            (binding.name.rsplit(".", 1)[-1], module.words(binding.value.start, binding.value.end))
            for bindings in module.bindings.values()
            for binding in bindings
        ]

    def _hand_over(self, derived: dict[str, set[str]]) -> None:
        """Parameters of functions that are called with something from the event hold it too."""
        sites: dict[str, list[tuple[str, FunctionSite]]] = {}
        for path, module in self.program.modules.items():
            for site in module.functions:
                sites.setdefault(site.name, []).append((path, site))
        for path, module, call in self.program.invokes():
            name = last_name(call.callee)
            for other, site in sites.get(name or "", ()):
                for param, arg in zip(site.params, call.args, strict=False):
                    if not module.words(arg.start, arg.end).isdisjoint(derived[path]):
                        derived[other].update(param.split())
                for key, arg in call.named.items():
                    if key in site.params and not module.words(arg.start, arg.end).isdisjoint(derived[path]):
                        derived[other].add(key)
