"""Arguments in, text and exit code out: the only module that prints or exits."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalint import __version__
from lambdalint.arguments import COMMANDS, parser
from lambdalint.request import UsageError, baseline_file, config_of, environments_of, request_of

if TYPE_CHECKING:
    from argparse import Namespace

    from lambdalint.check.finding import Report
    from lambdalint.run import Request

WRONG_USE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    # Trees and models live until the process ends, so looking for garbage among them is time lost.
    gc.disable()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0] not in COMMANDS and words[0] not in {"-h", "--help", "--version"}):
        words.insert(0, "check")
    parsed = parser(f"lambdalint {__version__}", words[0] if words[0] in COMMANDS else None).parse_args(words)
    from lambdalint.check.baseline import BaselineError
    from lambdalint.config import ConfigError
    from lambdalint.rule.error import RuleError, RuleFileError

    try:
        return _COMMANDS[parsed.command](parsed)
    except (UsageError, ConfigError, BaselineError, RuleError, RuleFileError) as error:
        _say(f"lambdalint: error: {error}")
        return WRONG_USE
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        _say("lambdalint: interrupted")
        return 130
    finally:
        if arguments is None:
            # The process ends here, and the interpreter would look for garbage once more on its way out.
            gc.freeze()


def _check(parsed: Namespace) -> int:
    from lambdalint.run import exit_code

    if parsed.unsafe_fixes and not (parsed.fix or parsed.diff):
        raise UsageError("--unsafe-fixes says which fixes: write it with --fix, or with --diff to see them first")
    if parsed.diff and parsed.format is not None:
        raise UsageError("--diff prints a diff instead of a report; write the report to a file, with -o FORMAT=FILE")
    request = request_of(parsed)
    report = _judged(request)
    if parsed.fix and not parsed.diff:
        fixed = _apply_fixes(report, parsed.unsafe_fixes)
        if fixed:
            report = _judged(request)
    diff = _diffs(report, parsed.unsafe_fixes) if parsed.diff else None
    _write(report, parsed, request, diff)
    return exit_code(report, parsed.allow_gaps, parsed.exit_zero)


def _judged(request: Request) -> Report:
    from lambdalint.run import UnknownEnvironment, run

    try:
        return run(request)
    except UnknownEnvironment as error:
        raise UsageError(str(error)) from None


# --- output ---------------------------------------------------------------------------------------------------------


def _write(report: Report, parsed: Namespace, request: Request, instead: str | None = None) -> None:
    """Write the report to every file that is named, and to standard output, unless something stands there instead."""
    from lambdalint.output import options_of, targets_of, write_files
    from lambdalint.report import render

    options = options_of(parsed, request.here)
    write_files(report, targets_of(parsed.output), options)
    if instead is not None:
        _print(instead)
        return
    if parsed.quiet and not (report.findings or report.gaps):
        return
    shown = parsed.format or "text"
    _print(render(report, shown, color=_color(parsed.color), width=_width(), options=options))


def _color(choice: str) -> bool:
    import os

    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def _width() -> int:
    if not sys.stdout.isatty():
        return 100
    import shutil

    return max(60, min(160, shutil.get_terminal_size((100, 24)).columns))


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def _say(text: str) -> None:
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def _apply_fixes(report: Report, unsafe: bool) -> int:
    from lambdalint.check.fixes import edits_of
    from lambdalint.source.edit import apply

    changed = edits_of(report.findings, unsafe)
    for document, edits in changed.items():
        if document.path is None:
            continue
        path = Path(document.path)
        marked = path.read_bytes().startswith(b"\xef\xbb\xbf")
        text = apply(document.text, edits)
        path.write_bytes((b"\xef\xbb\xbf" if marked else b"") + text.encode())
    count = sum(len(edits) for edits in changed.values())
    _say(f"lambdalint: {count} fixes in {len(changed)} files")
    return count


def _diffs(report: Report, unsafe: bool) -> str:
    from lambdalint.check.fixes import edits_of
    from lambdalint.source.edit import diff

    return "".join(diff(document, edits) for document, edits in edits_of(report.findings, unsafe).items())


# --- other commands -------------------------------------------------------------------------------------------------


def _baseline(parsed: Namespace) -> int:
    from lambdalint.check.baseline import unseen, write
    from lambdalint.run import scope_of
    from lambdalint.source.names import Names

    target = baseline_file(parsed)
    if parsed.report:
        from lambdalint.audit.command import baseline_of
        from lambdalint.audit.option import AuditError

        try:
            text, report, kept = baseline_of(parsed, target)
        except AuditError as error:
            raise UsageError(str(error)) from None
    else:
        request = request_of(parsed)
        report = _judged(request)
        names = Names(request.here, request.base)
        entries = unseen(target, scope_of(request, names, report.gaps))
        text, kept = write(report.findings, names.of, entries), len(entries)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}") from None
    use = (
        f"use it with --baseline {target}" if parsed.output or not config_of(parsed).baseline else "the config names it"
    )
    more = f", and {kept} of what was not looked at are kept" if kept else ""
    _print(f"{len(report.findings)} findings are written to {target}{more}; {use}\n")
    for gap in report.gaps:
        _say(f"lambdalint: not looked at: {gap.what}: {gap.why}")
    return 3 if report.gaps else 0


def _explain(parsed: Namespace) -> int:
    from lambdalint.choose import every_rule
    from lambdalint.rule.error import did_you_mean
    from lambdalint.teach import explanation

    rules = every_rule(config_of(parsed))
    names = {name: rule for rule in rules for name in (rule.id, *rule.aliases)}
    if parsed.rule not in names:
        raise UsageError(f"there is no rule '{parsed.rule}'{did_you_mean(parsed.rule, names)}; see `lambdalint rules`")
    _print(explanation(names[parsed.rule]))
    return 0


def _rules(parsed: Namespace) -> int:
    from lambdalint.choose import every_rule
    from lambdalint.teach import listing

    _print(listing(every_rule(config_of(parsed)), parsed.format))
    return 0


def _inspect(parsed: Namespace) -> int:
    from lambdalint.inspect import inspect
    from lambdalint.run import UnknownEnvironment

    for path in parsed.paths:
        if not Path(path).exists():
            raise UsageError(f"{path}: there is no such file or directory")
    paths, config = [Path(path) for path in parsed.paths], config_of(parsed)
    excluded = [(Path(config.path).absolute().parent, list(config.exclude))] if config.path and config.exclude else []
    try:
        text, complete = inspect(paths, Path.cwd(), environments_of(parsed, config), parsed.resolved, excluded)
    except UnknownEnvironment as error:
        raise UsageError(str(error)) from None
    _print(text)
    return 0 if complete else 3


def _test(parsed: Namespace) -> int:
    from lambdalint.examples import ExampleError, judge_example
    from lambdalint.rule.example import run_examples
    from lambdalint.rule.library import load_folder

    failures: list[str] = []
    count = 0
    for path in parsed.paths:
        if not Path(path).exists():
            raise UsageError(f"{path}: there is no such file or directory")
        for rule in load_folder(Path(path), base=Path.cwd()):
            count += 1
            try:
                failures += [str(failure) for failure in run_examples(rule, judge_example)]
            except ExampleError as error:
                failures.append(f"{rule.path}: {rule.id}: {error}")
    for failure in failures:
        _print(f"{failure}\n")
    _print(f"{count} rules tested, {len(failures)} examples failed\n")
    return 1 if failures else 0


def _new(parsed: Namespace) -> int:
    from lambdalint.rule.scaffold import write_rule

    target = write_rule(parsed.rule, Path(parsed.into))
    _print(f"{target} is written. Test it with `lambdalint test {target}`; use it with `rule-paths: [{parsed.into}]`\n")
    return 0


def _schema(parsed: Namespace) -> int:
    from lambdalint.teach import schema

    _print(schema(parsed.what))
    return 0


def _audit(parsed: Namespace) -> int:
    from functools import partial

    from lambdalint.audit.command import Console, run_command
    from lambdalint.audit.option import AuditError

    tell = partial(print, end="", flush=True, file=sys.stderr) if sys.stderr.isatty() else None
    console = Console(_print, _say, tell, lambda report, request: _write(report, parsed, request))
    try:
        return run_command(parsed, None if parsed.command == "merge" else request_of(parsed), console)
    except AuditError as error:
        raise UsageError(str(error)) from None


_COMMANDS = {
    **dict.fromkeys(("audit", "permissions", "merge"), _audit),
    "check": _check,
    "explain": _explain,
    "rules": _rules,
    "inspect": _inspect,
    "baseline": _baseline,
    "test": _test,
    "new": _new,
    "schema": _schema,
}

if __name__ == "__main__":
    sys.exit(main())
