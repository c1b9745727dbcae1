"""What auditing live accounts costs, measured against servers on 127.0.0.1.

python benchmarks/audit.py --functions 500 [--reserved] [--code] [--peers]
    functions on ministack: calls, CPU, memory; --reserved gives each a function URL and reserved concurrency, --code
    downloads their packages, --peers measures other auditors on the same functions in the same run
python benchmarks/audit.py --region 10000 [--speed 1]
    functions of one region at AWS's rates (times the speed): time against the floor that GetPolicy sets
python benchmarks/audit.py --fleet 1000
    accounts in 17 regions, mostly empty: CPU and memory

ministack is found beside this Python, on the path, or where LAMBDALINT_EMULATOR says; the others where PROWLER and
CUSTODIAN say, or on the path. One line of JSON is printed for each program.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from account_server import ACCOUNT, REGION, Fault, Fleet, Proxy, emulator, emulator_program, fill  # noqa: E402
from peers import PEERS  # noqa: E402

REGIONS = 17


def measured(program: Sequence[str], url: str, folder: Path, output: str = "output.txt") -> dict[str, Any]:
    """Run a program in a process of its own against a server; its cost."""
    environment = {
        # Byte code that is kept is what users have: without it, each start pays for compiling.
        **{
            name: value
            for name, value in os.environ.items()
            if name[:4] != "AWS_" and name != "PYTHONDONTWRITEBYTECODE"
        },
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": str(ROOT) if program[0] == sys.executable else "",
    }
    start = time.monotonic()
    with (folder / output).open("wb") as report:
        child = subprocess.Popen(program, env=environment, cwd=folder, stdout=report, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "wall_s": round(time.monotonic() - start, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "rss_mb": round(used.ru_maxrss / 1024, 1),
    }


def audited(url: str, folder: Path, budget: float, factor: float, *arguments: str) -> dict[str, Any]:
    """An audit and its cost."""
    own = [sys.executable, __file__, "run", str(factor), "--api-budget", str(budget), *arguments]
    return measured(own, url, folder)


def run(factor: float, arguments: list[str]) -> int:
    """An audit at rates that are some times AWS's."""
    import lambdalint.load.aws.pace as pace
    from lambdalint import cli

    plain = pace.Pace.__init__

    def sped_up(self: pace.Pace, share: float = 0.5) -> None:
        plain(self, share, factor)

    pace.Pace.__init__ = sped_up  # type: ignore[assignment,method-assign]
    return cli.main(["audit", "--isolated", "--exit-zero", *arguments])


# --- an emulator ----------------------------------------------------------------------------------------------------


def against_emulator(count: int, folder: Path, wanted: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The cost of auditing functions on an emulator; with ``peers``, that of others on the same functions, too."""
    program = emulator_program()
    if program is None:
        raise SystemExit("ministack is not installed: pip install ministack, or set LAMBDALINT_EMULATOR")
    with emulator(program, folder) as url:
        fill(url, count, every_url=wanted.reserved, reserve=False)
        if wanted.reserved:
            reserve_all(url, count)
        proxy = Proxy(url)

        def row(name: str, cost: dict[str, Any]) -> dict[str, Any]:
            calls = sum(proxy.calls.values())
            proxy.reset()
            return {"program": name, **cost, "calls": calls, "calls_per_function": round(calls / count, 2)}

        yield row("lambdalint", audited(proxy.url, folder, 1.0, 1000.0, *(["--code"] if wanted.code else [])))
        for peer in PEERS if wanted.peers else ():
            command = peer.command(folder)
            if command is None:
                yield {"program": peer.name, "missing": f"not installed; set {peer.variable}"}
                continue
            cost = measured(command, proxy.url, folder, f"{peer.name}.txt")
            yield row(f"{peer.name} {peer.version()}", {**cost, **peer.outcome(folder)})
        proxy.close()


def reserve_all(url: str, count: int) -> None:
    """Give each function reserved concurrency."""
    import boto3

    client = boto3.client(
        "lambda", endpoint_url=url, region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key="test"
    )
    for number in range(count):
        client.put_function_concurrency(FunctionName=f"fn-{number:05d}", ReservedConcurrentExecutions=1)


# --- simulated accounts ---------------------------------------------------------------------------------------------


def served(what: str, count: int, speed: float) -> None:
    """Serve a fleet in this process until its standard input ends; write the counts then."""
    if what == "region":
        fleet = Fleet({ACCOUNT: {REGION: count}})
    else:
        names = [f"{100000000000 + number}" for number in range(count)]
        regions = tuple(f"eu-test-{number}" for number in range(REGIONS))
        # One account in twenty has functions, in one of its regions.
        sizes = {
            name: {regions[number % REGIONS]: 1 + number % 7} for number, name in enumerate(names) if number % 20 == 0
        }
        fleet = Fleet({name: sizes.get(name, {}) for name in names}, regions)
    proxy = Proxy(answer=fleet)
    if what == "region":
        proxy.reset(
            Fault("^lambda.GetPolicy$", rate=15.0 * speed),
            Fault("^lambda.GetFunction$", rate=100.0 * speed),
            Fault("^lambda.(?!GetPolicy$|GetFunction$)", rate=15.0 * speed),
        )
    sys.stdout.write(proxy.url + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(json.dumps({"calls": sum(proxy.calls.values()), "throttled": proxy.throttled, **proxy.calls}))


def against_fleet(what: str, count: int, speed: float, folder: Path) -> dict[str, Any]:
    """The cost of auditing a region or an organization of which a process of its own answers every call."""
    program = [sys.executable, __file__, "serve", what, str(count), str(speed)]
    server = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    if what == "region":
        cost = audited(url, folder, 0.95, speed)
        cost["floor_s"] = round(count / (15 * speed), 1)
        cost["of_floor"] = round(cost["wall_s"] / cost["floor_s"], 3)
    else:
        cost = audited(url, folder, 1.0, 1000.0, "--organization", "--region", "all")
    counts = json.loads(server.communicate("")[0])
    return {**cost, "calls": counts["calls"], "throttled": counts["throttled"]}


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["run"]:
        return run(float(arguments[1]), arguments[2:])
    if arguments[:1] == ["serve"]:
        served(arguments[1], int(arguments[2]), float(arguments[3]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--functions", type=int, metavar="N")
    what.add_argument("--region", type=int, metavar="N")
    what.add_argument("--fleet", type=int, metavar="N")
    parser.add_argument("--reserved", action="store_true")
    parser.add_argument("--code", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if wanted.functions:
            rows = against_emulator(wanted.functions, folder, wanted)
        elif wanted.region:
            rows = iter([against_fleet("region", wanted.region, wanted.speed, folder)])
        else:
            rows = iter([against_fleet("fleet", wanted.fleet, wanted.speed, folder)])
        for row in rows:
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
