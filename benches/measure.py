"""What one run of a program takes: CPU and wall time, peak memory. Used by the scripts beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# On Linux the peak memory of a process begins with that of the process it was forked from, and the scripts grow with what
# they read. So programs are started by a fresh process that stays small (10 MB).
STARTER = """
import json, os, subprocess, sys, time
given = json.load(sys.stdin)
with open(given["out"], "wb") as out, open(given["err"], "wb") as err:
    start = time.perf_counter()
    child = subprocess.Popen(given["command"], stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=given["env"], cwd=given["cwd"])
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = code = os.waitstatus_to_exitcode(status)
print(json.dumps([usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, code]))
"""


class Run:
    """What one run of a program used."""

    def __init__(self, cpu: float, wall: float, rss_mb: float, code: int):
        self.cpu, self.wall, self.rss_mb, self.code = cpu, wall, rss_mb, code


def clean_env(**extra: str) -> dict[str, str]:
    """An environment in which no program believes that it runs in CI."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **extra}


def run(command: list[object], env: dict[str, str] | None = None, out: Path | None = None, cwd: Path | None = None,
        codes: tuple[int, ...] = (0, 1)) -> Run:
    """Runs a program to its end. The figures are those of this child and of its own, from the kernel's `rusage`. Other exit
    codes than `codes` end the script: 1 is how linters say that they have found errors."""
    command = [str(word) for word in command]
    with tempfile.NamedTemporaryFile() as err:
        given = {"command": command, "env": env or clean_env(), "cwd": str(cwd) if cwd else None,
                 "out": str(out or os.devnull), "err": err.name}
        starter = subprocess.run([sys.executable, "-I", "-S", "-c", STARTER], input=json.dumps(given), capture_output=True,
                                 text=True, check=True)
        cpu, wall, rss, code = json.loads(starter.stdout)
        if code not in codes:
            sys.exit(f"`{' '.join(command)}` ended with {code}:\n{err.read().decode(errors='replace')[-3000:]}")
    # Linux counts ru_maxrss in KiB, macOS in bytes.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Run(cpu, wall, rss / unit, code)
