"""The function that a handler's name stands for, inside whatever wraps it."""

from __future__ import annotations

from lambdalint.code.fact import Language
from lambdalint.code.module import FunctionSite, Module
from lambdalint.code.syntax import Expr, Invoke, Lambda, Name


def find_handler(module: Module, name: str, language: Language) -> tuple[FunctionSite | None, bool]:
    """The function that a handler's name stands for in its file, and whether the file has that name at all."""
    sites = {site.name: site for site in module.functions if site.owner is None}
    top = {unit.name for unit in module.units}
    if language == "python":
        expr = _bound(module, name)
        if name in top and name in sites:
            return sites[name], True
        imported = any(name in site.names or site.star for site in module.imports)
        return (_inner(module, expr, sites), True) if expr is not None else (None, imported or name in top)
    name = name.split(".", 1)[0]
    expr = module.exports.get(name)
    if expr is None:
        known = module.exports_open or any(here in ("*", name) for _, _, here in module.reexports)
        return (sites.get(name) if known else None), known or "default" in module.exports
    return _inner(module, expr, sites), True


def _bound(module: Module, name: str) -> Expr | None:
    found = [each for each in module.bindings.get(name, ()) if each.scope[0] == 0]
    return found[-1].value if found else None


def _inner(module: Module, expr: Expr | None, sites: dict[str, FunctionSite], depth: int = 0) -> FunctionSite | None:
    """The function inside wrappers: ``middy(f).use(x)``, ``streamifyResponse(f)``, a name for it."""
    match expr:
        case Lambda(start=start, end=end):
            return next((site for site in module.functions if (site.start, site.end) == (start, end)), None)
        case Name(text=text) if depth < 5:
            if text in sites and any(unit.name == text for unit in module.units):
                return sites[text]
            return _inner(module, _bound(module, text), sites, depth + 1)
        case Invoke(args=args, callee=callee) if depth < 5:
            for arg in args:
                found = _inner(module, arg, sites, depth + 1)
                if found is not None:
                    return found
            base = getattr(callee, "base", None)
            return _inner(module, base, sites, depth + 1) if base is not None else None
        case _:
            return None
