"""Arguments in, text and exit code out: the only module that prints or exits."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalint import __version__
from lambdalint.arguments import COMMANDS, parser

if TYPE_CHECKING:
    from argparse import Namespace

    from lambdalint.check.finding import Report
    from lambdalint.config import Config
    from lambdalint.load.deployment import Environment
    from lambdalint.model.model import Settings
    from lambdalint.run import Request

WRONG_USE = 2


class UsageError(Exception):
    """Something the user named does not exist or does not fit; one sentence."""


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

    request = _request(parsed)
    report = _judged(request)
    if parsed.fix:
        fixed = _apply_fixes(report, parsed.unsafe_fixes)
        if fixed:
            report = _judged(request)
    if parsed.diff:
        _print(_diffs(report, parsed.unsafe_fixes))
    else:
        _write(report, parsed, request)
    return exit_code(report, parsed.allow_gaps, parsed.exit_zero)


def _judged(request: Request) -> Report:
    from lambdalint.run import UnknownEnvironment, run

    try:
        return run(request)
    except UnknownEnvironment as error:
        raise UsageError(str(error)) from None


def _request(parsed: Namespace) -> Request:
    from lambdalint.check import baseline
    from lambdalint.check.finding import Severity
    from lambdalint.choose import chosen, every_rule
    from lambdalint.run import Request

    config = _config(parsed)
    paths = tuple(Path(path) for path in parsed.paths)
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or directory")
    rules = every_rule(config)
    select = [*_listed(parsed.select)] or [*config.select]
    ignore = [*_listed(parsed.ignore), *config.ignore]
    known = parsed.baseline or config.baseline
    fail_on = parsed.fail_on or config.fail_on or "medium"
    exclude = (*config.exclude, *parsed.exclude)
    return Request(
        paths=_kept(paths, exclude) if parsed.force_exclude else paths,
        here=Path.cwd(),
        rules=chosen(rules, select, ignore, config, parsed.preview),
        settings=_settings(parsed),
        environments=_environments(parsed, config),
        fail_on=None if fail_on == "never" else Severity[fail_on.upper()],
        exclude=exclude,
        exemptions=config.exemptions,
        baseline=baseline.read(Path(known)) if known and parsed.command in {"check", "audit"} else {},
        known_rules=frozenset(name for rule in rules for name in (rule.id, rule.category, *rule.aliases)),
    )


def _kept(paths: tuple[Path, ...], exclude: tuple[str, ...]) -> tuple[Path, ...]:
    """Those paths that no pattern excludes: hooks name files that the config may leave out."""
    if not exclude:
        return paths
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(exclude)
    return tuple(path for path in paths if not spec.match_file(path.as_posix()))


def _config(parsed: Namespace) -> Config:
    from lambdalint import config

    if parsed.config is not None:
        if not Path(parsed.config).is_file():
            raise UsageError(f"{parsed.config}: there is no such config file")
        return config.load(Path(parsed.config))
    found = None if parsed.isolated else config.find(Path.cwd())
    return config.load(found) if found is not None else config.Config()


def _settings(parsed: Namespace) -> Settings:
    from datetime import date

    from lambdalint.model.model import Settings
    from lambdalint.run import today

    try:
        as_of = date.fromisoformat(parsed.as_of) if parsed.as_of is not None else today()
    except ValueError:
        raise UsageError(f"--as-of {parsed.as_of}: write the date as YYYY-MM-DD") from None
    return Settings(as_of=as_of)


def _environments(parsed: Namespace, config: Config | None = None) -> tuple[Environment, ...]:
    """The environments to judge: those named, else those of the config, else the one without a name."""
    from lambdalint.config import Config
    from lambdalint.load.deployment import Environment

    config = config or Config()
    explicit = _parameters(parsed)
    known = config.environments
    return tuple(
        Environment(
            name,
            {**config.parameters, **(known[name].parameters if name in known else {}), **explicit},
            parsed.region or (known[name].region if name in known else None) or config.region,
            name in known,
        )
        for name in dict.fromkeys(_listed(parsed.environment)) or known or [None]
    )


def _parameters(parsed: Namespace) -> dict[str, str]:
    """Values from the command line; ``--parameter`` wins over files, a later file over an earlier one."""
    parameters: dict[str, str] = {}
    for file in parsed.parameter_file:
        from lambdalint.source.parameters import SourceError, read_parameters

        try:
            parameters.update(read_parameters(Path(file)))
        except SourceError as error:
            place = f"{file}:{error.line}:{error.column}" if error.origin is not None else file
            raise UsageError(f"--parameter-file {place}: {error.message}") from None
    if parsed.stage is not None:
        parameters["Stage"] = parsed.stage
    for entry in parsed.parameter:
        name, equals, value = entry.partition("=")
        if not equals or not name:
            raise UsageError(f"--parameter {entry}: write it as KEY=VALUE")
        parameters[name] = value
    return parameters


def _listed(values: list[str]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


# --- output ---------------------------------------------------------------------------------------------------------


def _write(report: Report, parsed: Namespace, request: Request) -> None:
    from lambdalint.report import RenderOptions, format_for, render

    options = RenderOptions(
        root=str(_root(request.here)),
        here=str(request.here),
        sarif_suppressed=parsed.sarif_suppressed,
        category=parsed.sarif_category,
    )
    targets: list[tuple[str, Path]] = []
    for entry in parsed.output:
        name, equals, path = entry.partition("=")
        chosen = name if equals else format_for(entry)
        from lambdalint.report import FORMATS

        if chosen not in FORMATS:
            raise UsageError(
                f"-o {entry}: no format has this suffix; write FORMAT=FILE with one of {', '.join(FORMATS)}"
            )
        targets.append((chosen, Path(path if equals else entry)))
    for chosen, target in targets:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(render(report, chosen, options=options), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"-o {target}: cannot be written: {error.strerror}") from None
    if parsed.quiet and not (report.findings or report.gaps):
        return
    shown = parsed.format or "text"
    _print(render(report, shown, color=_color(parsed.color), width=_width(), options=options))


def _root(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    return start


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
    from lambdalint.check.baseline import write

    report = _judged(_request(parsed))
    Path(parsed.output).write_text(write(report.findings), encoding="utf-8", newline="\n")
    _print(f"{len(report.findings)} findings are written to {parsed.output}; use it with --baseline {parsed.output}\n")
    return 0


def _explain(parsed: Namespace) -> int:
    from lambdalint.choose import every_rule
    from lambdalint.rule.error import did_you_mean
    from lambdalint.teach import explanation

    rules = every_rule(_config(parsed))
    names = {name: rule for rule in rules for name in (rule.id, *rule.aliases)}
    if parsed.rule not in names:
        raise UsageError(f"there is no rule '{parsed.rule}'{did_you_mean(parsed.rule, names)}; see `lambdalint rules`")
    _print(explanation(names[parsed.rule]))
    return 0


def _rules(parsed: Namespace) -> int:
    from lambdalint.choose import every_rule
    from lambdalint.teach import listing

    _print(listing(every_rule(_config(parsed)), parsed.format))
    return 0


def _inspect(parsed: Namespace) -> int:
    from lambdalint.inspect import inspect
    from lambdalint.run import UnknownEnvironment

    for path in parsed.paths:
        if not Path(path).exists():
            raise UsageError(f"{path}: there is no such file or directory")
    paths = [Path(path) for path in parsed.paths]
    try:
        text, complete = inspect(paths, Path.cwd(), _environments(parsed), parsed.resolved)
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

    from lambdalint.audit.command import AuditError, Console, run_command

    tell = partial(print, end="", flush=True, file=sys.stderr) if sys.stderr.isatty() else None
    console = Console(_print, _say, tell, lambda report, request: _write(report, parsed, request))
    try:
        return run_command(parsed, None if parsed.command == "merge" else _request(parsed), console)
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
