"""Which of the code that always runs matters to a handler: a file's top level may prepare things for others only."""

from __future__ import annotations

from lambdalint.code.fact import Import
from lambdalint.code.module import Binding, Module
from lambdalint.code.program import Program


class Reached:
    """The names that the handler's code mentions, directly or through values at the top level of files."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._prepared = {path: _top_level(module) for path, module in program.modules.items()}
        self.names = self._mentioned()

    def imported(self, found: Import) -> bool:
        """Whether something that an import brings in is mentioned; an import for its effects alone always counts."""
        module = self.program.modules[found.path]
        sites = [
            site for site in module.imports if site.module == found.module and module.line(site.start) == found.line
        ]
        return any(site.star or not site.names or not self.names.isdisjoint(site.names) for site in sites)

    def holds(self, path: str, offset: int) -> bool:
        """Whether code that counts at an offset matters: all but values at the top level that nothing mentions."""
        around = [one for one in self._prepared[path] if one.start <= offset < one.value.end]
        return not around or any(one.name in self.names for one in around)

    def _mentioned(self) -> set[str]:
        names = {self.program.located.function.split(".", 1)[0]}
        for region in self.program.regions:
            module = self.program.modules[region.path]
            spans = [(region.start, region.end)]
            if module.unit_at(region.start) is None:
                spans = _between(region.start, region.end, self._prepared[region.path])
            for span in spans:
                names |= module.words(*span)
        waiting = [(path, one) for path, found in self._prepared.items() for one in found]
        grew = True
        while grew:
            used = [(path, one) for path, one in waiting if one.name in names]
            waiting = [(path, one) for path, one in waiting if one.name not in names]
            for path, one in used:
                names |= self.program.modules[path].words(one.value.start, one.value.end)
            grew = bool(used)
        return names


def _top_level(module: Module) -> list[Binding]:
    """The plain names that are given a value outside functions and classes, in the order of the text."""
    found = [
        one
        for name, bindings in module.bindings.items()
        if "." not in name and name not in module.exports
        for one in bindings
        if one.scope[0] == 0 and one.start <= one.value.start and module.unit_at(one.start) is None
    ]
    return sorted(found, key=lambda one: one.start)


def _between(start: int, end: int, taken: list[Binding]) -> list[tuple[int, int]]:
    """What is left of a span without these values."""
    left: list[tuple[int, int]] = []
    for one in taken:
        if start <= one.start and one.value.end <= end:
            left.append((start, one.start))
            start = one.value.end
    return [*left, (start, end)]
