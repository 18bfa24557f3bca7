#!/usr/bin/env python3
"""Weighbridge beside costgate and tollgate-ci on the same specification, where they can express it.

    python3 benches/cost_peers.py --binary target/release/weighbridge

Installs the peers from PyPI into a folder of their own and prints a Markdown table. The prices handed to costgate are those that
`weighbridge prices show` gives; what costgate has no field for is left at its default.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

COSTGATE, TOLLGATE = "costgate==0.1.0", "tollgate-ci==0.2.0"
# Weighbridge counts the client's own prompt into what is always sent; costgate is handed the same sum.
SYSTEM_PROMPT = 4_480
FIRST, INPUT, OUTPUT = 20_000, 1_500, 400
RUNS = 1_000
DAYS = 30.0

CASES = [
    ("10 calls, nothing cached", {"model": "claude-sonnet-5-5", "turns": 10, "cache": "off"}),
    ("50 calls, nothing cached", {"model": "claude-sonnet-5-5", "turns": 50, "cache": "off"}),
    ("10 calls, five-minute cache", {"model": "claude-sonnet-5-5", "turns": 10, "cache": "5m"}),
    ("50 calls, five-minute cache", {"model": "claude-sonnet-5-5", "turns": 50, "cache": "5m"}),
    ("50 calls, one-hour cache", {"model": "claude-sonnet-5-5", "turns": 50, "cache": "1h"}),
    ("60 calls across a price tier at 100k", {"model": "claude-haiku-5-5", "turns": 60, "cache": "off"}),
    ("calls differ: p50 12, p90 40", {"model": "claude-sonnet-5-5", "turns": {"p50": 12, "p90": 40}, "cache": "5m"}),
]


def tools() -> Path:
    """The virtual environment of the peers."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "weighbridge-bench" / "cost-peers"
    if not (home / "bin" / "costgate").exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", COSTGATE, TOLLGATE], check=True)
    return home / "bin"


def ours(binary: str, work: Path, case: dict) -> float:
    """Dollars of one run."""
    root = work / "ours"
    root.mkdir(exist_ok=True)
    step = {
        "agent": "worker", "model": case["model"], "turns": case["turns"], "first_input": FIRST,
        "input_per_turn": INPUT, "output_per_turn": OUTPUT, "cache": case["cache"], "cache_hit": 1,
    }
    config = {"version": 1, "clients": ["claude-code"], "workflows": {"w": {"runs_per_month": RUNS, "steps": [step]}}}
    (root / "weighbridge.yaml").write_text(json.dumps(config))
    said = subprocess.run([binary, "cost", str(root), "--no-cache", "--format", "json"], stdout=subprocess.PIPE, check=True)
    return float(json.loads(said.stdout)["cost"]["workflows"][0]["per_run"]["head"])


def costgate(bin_: Path, binary: str, work: Path, case: dict) -> float:
    """The same for costgate, which knows single numbers of steps and one cached share."""
    said = subprocess.run([binary, "prices", "show", case["model"], "--json"], stdout=subprocess.PIPE, check=True)
    tier = json.loads(said.stdout)[0]["rates"][0]
    steps = case["turns"]["p50"] if isinstance(case["turns"], dict) else case["turns"]
    spec = {
        "name": "worker", "model": case["model"], "static_tokens": SYSTEM_PROMPT + FIRST,
        "profile": {"steps": steps, "user_tokens": 0, "output_tokens": OUTPUT, "tool_tokens": INPUT},
        "pricing": {
            "input_per_m": float(tier["input"]), "output_per_m": float(tier["output"]),
            "cached_input_per_m": float(tier["cache_read"]),
        },
        "tasks_per_day": RUNS / DAYS,
    }
    if case["cache"] != "off":
        # The true share of cached input of this conversation: the best anyone could enter.
        prompts = [SYSTEM_PROMPT + FIRST + k * (INPUT + OUTPUT) for k in range(steps)]
        spec["cache_fraction"] = sum(prompts[:-1]) / sum(prompts)
    program = (
        "import json,sys\nfrom costgate.engine import AgentSpec, project_analytic\n"
        "print(project_analytic(AgentSpec.from_dict(json.load(sys.stdin))).cost_per_task)"
    )
    python = bin_ / "python"
    said = subprocess.run([python, "-c", program], input=json.dumps(spec), stdout=subprocess.PIPE, text=True, check=True)
    return float(said.stdout)


def tollgate(bin_: Path, folder: Path) -> str:
    """What tollgate says of a folder of agent configuration."""
    said = subprocess.run([bin_ / "tollgate", "analyze", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = [line.strip() for line in said.stdout.splitlines() if line.strip()]
    return f"exit {said.returncode}: {lines[0] if lines else 'nothing'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/weighbridge")
    binary = os.path.abspath(parser.parse_args().binary)
    if not os.path.exists(binary):
        sys.exit(f"cost_peers: {binary} is not there; build it with `cargo build --release`")
    bin_ = tools()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        print("| one run of one agent | Weighbridge | costgate 0.1.0 | costgate / Weighbridge |\n|---|---:|---:|---:|")
        for title, case in CASES:
            mine, theirs = ours(binary, work, case), costgate(bin_, binary, work, case)
            print(f"| {title} | ${mine:.4f} | ${theirs:.4f} | {theirs / mine:.2f} |")
        example = Path(__file__).resolve().parent.parent / "examples" / "support-desk" / "head"
        print(f"\ntollgate-ci 0.2.0 on examples/support-desk/head: {tollgate(bin_, example)}")


if __name__ == "__main__":
    main()
