"""What lambdalint costs: CPU and wall seconds and peak memory of whole processes.

    python benchmarks/run.py [--installed COMMAND] [FOLDER OF TEMPLATES]

Each line is one process, start-up included; the best of a few runs, as CPU time has noise but no luck. The last line
divides the cost of 500 functions by that of 10: far above 50 would mean that cost does not grow linearly.

``--installed`` names a ``lambdalint`` that was installed from a wheel, which is what users run; without it the
checkout is measured. Bytecode has to be cached for either: unset PYTHONDONTWRITEBYTECODE.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TINY = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""
FUNCTION = """\
  Queue{n}:
    Type: AWS::SQS::Queue
    Properties: {{VisibilityTimeout: 30}}
  Worker{n}:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Timeout: 30
      Policies:
        - Version: "2012-10-17"
          Statement: [{{Effect: Allow, Action: ["sqs:*", "s3:GetObject"], Resource: "*"}}]
      Environment: {{Variables: {{QUEUE: !Ref Queue{n}, STAGE: prod}}}}
      Events:
        Jobs: {{Type: SQS, Properties: {{Queue: !GetAtt Queue{n}.Arn}}}}
        Daily: {{Type: Schedule, Properties: {{Schedule: rate(1 day)}}}}
"""


def template(functions: int) -> str:
    """A SAM template with that many functions, each with a queue and two events."""
    head = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    return head + "".join(FUNCTION.format(n=number) for number in range(functions))


def measure(words: list[str], folder: Path, times: int) -> tuple[float, float, float]:
    """CPU and wall seconds (the least of some runs) and peak memory (MiB, the most) of a process."""
    least, soonest, most = float("inf"), float("inf"), 0.0
    for _ in range(times):
        begin = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        soonest = min(soonest, time.perf_counter() - begin)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code not in {0, 1, 3}:
            raise SystemExit(f"{' '.join(words)} ended with {code}")
        least = min(least, usage.ru_utime + usage.ru_stime)
        most = max(most, _mebibytes(usage))
    return least, soonest, most


def _mebibytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(arguments: list[str]) -> int:
    """Print the table."""
    if arguments[:1] == ["--installed"]:
        command, arguments = [arguments[1]], arguments[2:]
    else:
        command = [sys.executable, "-m", "lambdalint.cli"]
        os.environ["PYTHONPATH"] = str(ROOT)
    check = [*command, "check", "--isolated"]
    print(f"{'case':44} {'CPU s':>7} {'wall s':>7} {'peak MiB':>9}")

    def row(what: str, words: list[str], folder: Path, times: int = 5) -> float:
        cpu, wall, memory = measure(words, folder, times)
        print(f"{what:44} {cpu:7.3f} {wall:7.3f} {memory:9.1f}")
        return cpu

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("tiny", TINY), ("ten", template(10)), ("many", template(500))):
            (folder / f"{file}.yaml").write_text(text)
        start = row("the interpreter alone", [sys.executable, "-c", ""], folder)
        row("lambdalint --version", [*command, "--version"], folder)
        base = row("check: one tiny template", [*check, "tiny.yaml"], folder)
        ten = row("check: 10 functions", [*check, "ten.yaml"], folder)
        many = row("check: 500 functions", [*check, "many.yaml"], folder, 2)
    if arguments:
        given = Path(arguments[0]).resolve()
        row(f"check: every template of {given.name}", [*check, str(given)], given, 3)
        with tempfile.TemporaryDirectory() as name:
            outputs = [f"-o{Path(name, file)}" for file in ("r.sarif", "r.html", "r.json")]
            row("  and SARIF, HTML and JSON reports", [*check, *outputs, str(given)], given, 3)
    print(f"tiny template, without the interpreter: {base - start:.3f} s")
    print(f"500 functions cost {(many - base) / max(ten - base, 0.001):.0f} times 10 functions")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
