#!/usr/bin/env python3
"""The same work by the Python package and by both of our clients, side by side, in turn.

Run it from anywhere: benches/peers/run.py [ROUNDS]. It needs a network once, for the package and
the crates; what is measured goes to a server on this machine.
"""

import json
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGE = "anaplan-sdk==0.5.22"
# Minutes rather than seconds: a round or two say it all.
SLOW_TASKS = {"concurrent-password"}
TASKS = {
    "sequential": "2,000 reads, one after another",
    "concurrent-token": "1,000 reads at once, 50 ms each, token",
    "concurrent-password": "1,000 reads at once, 50 ms each, password",
    "list": "a list of 5,000, in pages of 250",
    "first": "from start to first answer",
}


def python():
    """The interpreter of a virtual environment that holds the package."""
    home = ROOT / "target" / "peers"
    interpreter = home / "bin" / "python"
    if not interpreter.exists():
        venv.create(home, with_pip=True)
    install = [interpreter, "-m", "pip", "install", "--quiet", PACKAGE]
    subprocess.run(install, check=True)
    return str(interpreter)


def worker():
    """Our program, built as the benches are."""
    build = ["cargo", "bench", "--quiet", "--bench", "peers", "--features", "blocking", "--no-run"]
    build.append("--message-format=json")
    lines = subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    messages = [json.loads(line) for line in lines.splitlines()]
    return [message["executable"] for message in messages if message.get("executable")][-1]


class Side:
    """A worker that waits for tasks."""

    def __init__(self, name, program, face, urls):
        self.name = name
        self.program, self.face, self.urls = program, face, urls
        self.process = subprocess.Popen(
            [*program, face, *urls], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, task):
        if task == "first":
            began = time.perf_counter()
            subprocess.run([*self.program, f"first-{self.face}", *self.urls], check=True)
            return time.perf_counter() - began
        self.process.stdin.write(task + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    ours, theirs = [worker()], [python(), str(HERE / "peer.py")]
    server = subprocess.Popen(
        [*ours, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    address = server.stdout.readline().strip()
    urls = [f"http://{address}/0/5000", f"http://{address}/50/0"]
    sides = [
        Side("Python, sync", theirs, "blocking", urls),
        Side("Rust, blocking", ours, "blocking", urls),
        Side("Python, async", theirs, "async", urls),
        Side("Rust, async", ours, "async", urls),
    ]
    print(f"{PACKAGE} and our clients, {rounds} rounds; the last column: Python's time over ours\n")
    print("| task | client | median s | ratio |\n|---|---|--:|--:|")
    for task, text in TASKS.items():
        times = {side.name: [] for side in sides}
        for round_ in range(2 if task in SLOW_TASKS else rounds):
            for side in sides if round_ % 2 == 0 else reversed(sides):
                times[side.name].append(side.seconds(task))
        for side, peer in zip(sides, [None, sides[0], None, sides[2]]):
            median = statistics.median(times[side.name])
            ratio = ""
            if peer:
                pairs = zip(times[peer.name], times[side.name])
                ratio = f"{statistics.median(a / b for a, b in pairs):.1f}"
            print(f"| {text} | {side.name} | {median:.3f} | {ratio} |", flush=True)
    for process in [server, *(side.process for side in sides)]:
        process.stdin.close()
        process.wait()


main()
