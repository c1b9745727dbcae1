"""What auditing live accounts costs, measured against servers on 127.0.0.1.

python benchmarks/audit.py emulator [COUNT]   500 functions on ministack: calls, CPU, memory
python benchmarks/audit.py region [COUNT]     10,000 functions at AWS's rates, sped up tenfold: time against the floor
python benchmarks/audit.py fleet [ACCOUNTS]   1,000 accounts in 17 regions, mostly empty: CPU and memory
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from account_server import ACCOUNT, REGION, Fault, Fleet, Proxy, emulator, emulator_program, fill  # noqa: E402

REGIONS = 17
#: How much faster than AWS the server is: 1 takes twelve minutes for 10,000 functions.
SPEED = float(os.environ.get("SPEED", "1"))


def audited(url: str, folder: Path, budget: float, factor: float, *arguments: str) -> dict[str, float]:
    """Run an audit in a process of its own; its cost."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": str(ROOT),
    }
    program = [sys.executable, __file__, "run", str(factor), "--api-budget", str(budget), *arguments]
    start = time.monotonic()
    with (folder / "report.txt").open("wb") as report:
        child = subprocess.Popen(program, env=environment, cwd=folder, stdout=report)
        _, _, used = os.wait4(child.pid, 0)
    return {
        "wall_s": round(time.monotonic() - start, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "rss_mb": round(used.ru_maxrss / 1024, 1),
    }


def run(factor: float, arguments: list[str]) -> int:
    """An audit at rates that are some times AWS's."""
    import lambdalint.load.aws.pace as pace
    from lambdalint import cli

    plain = pace.Pace.__init__

    def sped_up(self: pace.Pace, share: float = 0.5) -> None:
        plain(self, share, factor)

    pace.Pace.__init__ = sped_up  # type: ignore[assignment,method-assign]
    return cli.main(["audit", "--isolated", "--exit-zero", *arguments])


def served(what: str, count: int) -> None:
    """Serve a fleet in this process until its standard input ends; write the counts then."""
    if what == "region":
        fleet = Fleet({ACCOUNT: {REGION: count}})
    else:
        names = [f"{100000000000 + number}" for number in range(count)]
        regions = tuple(f"eu-test-{number}" for number in range(REGIONS))
        # Three regions in a thousand have functions: a few of them many.
        sizes = {
            name: {regions[number % REGIONS]: 1 + number % 7} for number, name in enumerate(names) if number % 20 == 0
        }
        fleet = Fleet({name: sizes.get(name, {}) for name in names}, regions)
    proxy = Proxy(answer=fleet)
    if what == "region":
        proxy.reset(
            Fault("^lambda.GetPolicy$", rate=15.0 * SPEED),
            Fault("^lambda.GetFunction$", rate=100.0 * SPEED),
            Fault("^lambda.(?!GetPolicy$|GetFunction$)", rate=15.0 * SPEED),
        )
    sys.stdout.write(proxy.url + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(json.dumps({"calls": sum(proxy.calls.values()), "throttled": proxy.throttled, **proxy.calls}))


def against_fleet(what: str, count: int, folder: Path) -> dict[str, float]:
    server = subprocess.Popen(
        [sys.executable, __file__, "serve", what, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    if what == "region":
        cost = audited(url, folder, 0.95, SPEED)
        cost["floor_s"] = round(count / (15 * SPEED), 1)
    else:
        cost = audited(url, folder, 1.0, 1000.0, "--organization", "--region", "all")
    counts = json.loads(server.communicate("")[0])
    return {**cost, "calls": counts["calls"], "throttled": counts["throttled"]}


def against_emulator(count: int, folder: Path) -> dict[str, float]:
    program = emulator_program()
    if program is None:
        raise SystemExit("ministack is not installed: pip install ministack, or set LAMBDALINT_EMULATOR")
    with emulator(program, folder) as url:
        fill(url, count, reserve=False)
        proxy = Proxy(url)
        cost = audited(proxy.url, folder, 1.0, 1000.0)
        calls = sum(proxy.calls.values())
        proxy.close()
    return {**cost, "calls": calls, "calls_per_function": round(calls / count, 2)}


def main(arguments: list[str]) -> int:
    what = arguments[0] if arguments else ""
    if what == "run":
        return run(float(arguments[1]), arguments[2:])
    if what == "serve":
        served(arguments[1], int(arguments[2]))
        return 0
    sizes = {"emulator": 500, "region": 10_000, "fleet": 1_000}
    if what not in sizes:
        raise SystemExit(__doc__)
    count = int(arguments[1]) if len(arguments) > 1 else sizes[what]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost = against_emulator(count, folder) if what == "emulator" else against_fleet(what, count, folder)
    sys.stdout.write(json.dumps({"benchmark": what, "count": count, **cost}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
