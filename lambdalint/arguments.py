"""The command line: which commands and options there are."""

from __future__ import annotations

import argparse

COMMANDS = ("check", "explain", "rules", "inspect", "baseline", "test", "new", "schema")
SEVERITIES = ("low", "medium", "high", "critical", "never")
FORMATS = ("text", "json", "sarif", "html", "junit", "github", "gitlab", "markdown", "csv")


def parser(version: str) -> argparse.ArgumentParser:
    """The parser of all commands; without a command it is ``check``."""
    top = argparse.ArgumentParser(
        prog="lambdalint",
        description="Linter for AWS Lambda: SAM and CloudFormation templates.",
        epilog="Exit codes: 0 clean, 1 findings, 2 wrong use, 3 something could not be looked at.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=version)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    check = commands.add_parser("check", help="judge templates (the default)", allow_abbrev=False)
    _common(check)
    _choosing(check)
    _output(check)
    _fixing(check)
    explain = commands.add_parser("explain", help="what a rule is about, and why", allow_abbrev=False)
    explain.add_argument("rule", metavar="RULE")
    _own_rules(explain)
    rules = commands.add_parser("rules", help="list the rules", allow_abbrev=False)
    rules.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    _own_rules(rules)
    inspect = commands.add_parser("inspect", help="what a template deploys", allow_abbrev=False)
    inspect.add_argument("paths", nargs="+", metavar="PATH")
    inspect.add_argument("--format", choices=("json",), default="json")
    inspect.add_argument("--resolved", action="store_true", help="with intrinsic functions evaluated")
    _values(inspect)
    baseline = commands.add_parser("baseline", help="accept the findings there are now", allow_abbrev=False)
    _common(baseline)
    _choosing(baseline)
    baseline.add_argument("-o", "--output", default="lambdalint-baseline.json", metavar="FILE")
    test = commands.add_parser("test", help="run the examples of rule files", allow_abbrev=False)
    test.add_argument("paths", nargs="+", metavar="PATH")
    new = commands.add_parser("new", help="write a rule of your own", allow_abbrev=False)
    new.add_argument("rule", metavar="CATEGORY/RULE")
    new.add_argument("--into", default="lambdalint-rules", metavar="FOLDER")
    schema = commands.add_parser("schema", help="JSON Schema of a file form", allow_abbrev=False)
    schema.add_argument("what", choices=("config", "rule", "report"))
    return top


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="*", default=["."], metavar="PATH")
    command.add_argument("--config", metavar="FILE", help="config file (default: the nearest lambdalint.yaml)")
    command.add_argument("--isolated", action="store_true", help="use no config file")
    _values(command)


def _values(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("values")
    group.add_argument("--parameter", action="append", default=[], metavar="KEY=VALUE", help="value of a parameter")
    group.add_argument(
        "--parameter-file", action="append", default=[], metavar="FILE", help="values of parameters, JSON or YAML"
    )
    group.add_argument(
        "--environment",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this environment of the config or of samconfig.toml (repeatable)",
    )
    group.add_argument("--stage", metavar="NAME", help="value of the parameter Stage")
    group.add_argument("--region", metavar="NAME", help="region that is deployed to")
    group.add_argument("--as-of", metavar="DATE", help="judge runtimes as of this day (YYYY-MM-DD)")


def _choosing(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("choosing")
    group.add_argument("--select", action="append", default=[], metavar="ID|CATEGORY", help="run only these")
    group.add_argument("--ignore", action="append", default=[], metavar="ID|CATEGORY", help="do not run these")
    group.add_argument("--preview", action="store_true", help="run preview rules too")
    group.add_argument(
        "--exclude", action="append", default=[], metavar="PATTERN", help="pass over files, as .gitignore"
    )
    group.add_argument("--force-exclude", action="store_true", help="pass over excluded files even if they are named")
    group.add_argument("--fail-on", choices=SEVERITIES, help="lowest severity that fails the run (default: medium)")
    group.add_argument("--baseline", metavar="FILE", help="findings that are known")


def _output(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("output")
    group.add_argument("--format", choices=FORMATS, help="what stands on standard output (default: text)")
    group.add_argument(
        "-o", "--output", action="append", default=[], metavar="[FORMAT=]FILE", help="write a report file"
    )
    group.add_argument("--sarif-suppressed", action="store_true", help="put suppressed findings into SARIF")
    group.add_argument(
        "--sarif-category", default="lambdalint", metavar="NAME", help="what code scanning files it under"
    )
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing when there is nothing to say")
    group.add_argument("--exit-zero", action="store_true", help="exit 0 whatever was found")
    group.add_argument("--allow-gaps", action="store_true", help="exit 0 although something was not looked at")


def _fixing(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("fixing")
    group.add_argument("--fix", action="store_true", help="mend what can be mended safely")
    group.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also what may change behaviour"
    )
    group.add_argument("--diff", action="store_true", help="print the fixes as a diff and change nothing")


def _own_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="config file that names rules of your own")
    command.add_argument("--isolated", action="store_true", help="use no config file")
