#!/usr/bin/env python3
"""Runs the same 200 tests of one promptfooconfig.yaml with promptfoo and with Weighbridge, against the same mock server.

    python3 benches/cases_peers.py --binary target/release/weighbridge

Compares the verdict on every test, the wall time from start to finish and the peak memory. promptfoo, the Node it needs and
the server (aimock) are installed from npm into a cache folder; nothing leaves this machine afterwards. See README.md in this
folder for the method and for figures.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from measure import Run, clean_env, run

REPOSITORY = Path(__file__).resolve().parent.parent

# One version each, so that two runs of this script compare the same things.
NODE, PROMPTFOO, AIMOCK = "node@22.23.3", "promptfoo@0.123.1", "@copilotkit/aimock@1.43.0"
MODEL = "gpt-5-mini"
TESTS = 200
JOBS = 4

# What the project promises: name of the figure, comparison, limit, unit.
TARGETS = [
    ("verdicts.differences", "<=", 0, ""),
    ("wall.ratio", ">=", 20.0, "x"),
    ("memory.ratio", ">=", 10.0, "x"),
]


# --- tests -------------------------------------------------------------------------------------------------

KINDS = ["equals", "contains", "icontains", "contains-all", "contains-any", "icontains-any", "icontains-all", "starts-with",
         "regex", "is-json", "is-json with a schema", "cost", "latency"]
SCHEMA = {"type": "object", "required": ["id", "amount"], "properties": {"amount": {"type": "number", "minimum": 10},
          "tags": {"type": "array", "items": {"type": "string"}}}}


def answers(word: str) -> list[str]:
    """What the model says: prose, Markdown, JSON that is right, wrong, fenced or none, other letters, white space."""
    fine = {"id": word, "amount": 40, "tags": ["paid", "sent"]}
    return [
        f"The order {word} has shipped and arrives on Friday.",
        f"# Order {word}\n\n| Order | Amount |\n|---|---|\n| {word} | $40.00 |\n\nAnything else?",
        json.dumps(fine),
        json.dumps({**fine, "amount": 4}, indent=2),
        json.dumps(fine)[:-1],
        f"Here it is:\n```json\n{json.dumps(fine)}\n```",
        f"Größe {word}: ÄÖÜ, 42 € für zwei Straßen, naïve Ωmega.",
        f"I cannot find an order with the number {word}.\n",
    ]


def assertion(kind: str, holds: bool, word: str, answer: str, number: int) -> dict:
    """An assertion of this kind that holds of this answer, or does not (for what depends on the answer alone: as it comes)."""
    middle, begin = answer[4:16], answer[:6]
    absent, turned = f"no {word} here", answer[4:16].swapcase()
    listed = {
        "contains-all": [middle, word] if holds else [middle, absent],
        "contains-any": [absent, word] if holds else [absent, "nor here"],
        "icontains-any": [absent, word.upper()] if holds else [absent, "nor here"],
        "icontains-all": [turned, word.upper()] if holds else [turned, absent],
    }
    if kind in listed:
        value = listed[kind]
        # The same as one text with commas, where no part has one or a quotation mark.
        if number % 3 == 0 and not any(set(part) & set(',"') or part != part.strip() for part in value):
            value = ", ".join(value)
        return {"type": kind, "value": value}
    regexes = [(r"w\d{3}", r"^\d+$"), (r"(?:shipped|Order|cannot|id|Gr)", r"voucher|refund$"), (rf"\b{word}\b", rf"\b{word}x\b"),
               (r"^\S+\s", r"^\s+\S{40}")]
    plain = {
        "equals": answer if holds else f"{answer}!",
        "contains": middle if holds else absent,
        "icontains": turned if holds else absent,
        "starts-with": begin if holds else answer[3:9],
        "regex": regexes[number % len(regexes)][0 if holds else 1],
    }
    if kind in plain:
        return {"type": kind, "value": plain[kind]}
    if kind == "is-json":
        return {"type": "is-json"}
    if kind == "is-json with a schema":
        return {"type": "is-json", "value": SCHEMA}
    if kind == "cost":
        return {"type": "cost", "threshold": 0.01 if holds else 0.000001}
    return {"type": "latency", "threshold": 60000 if holds else 5}


def edges(word: str) -> list[tuple[str, dict]]:
    """Where two programs may well think differently."""
    return [
        (f"Done {word}.\n", {"type": "equals", "value": f"Done {word}."}),
        (f"Done {word}.", {"type": "equals", "value": f"Done {word}.\n"}),
        (f"```json\n{{\"id\": \"{word}\"}}\n```", {"type": "is-json"}),
        (f" {{\"id\": \"{word}\"}}\n", {"type": "is-json"}),
        ("\"just a text\"", {"type": "is-json"}),
        ("Größe", {"type": "regex", "value": r"^\w+$"}),
        ("Größe", {"type": "not-regex", "value": r"^\w+$"}),
        ("٤٢", {"type": "regex", "value": r"^\d+$"}),
        ("one\ntwo", {"type": "regex", "value": "^two$"}),
        ("one\ntwo", {"type": "regex", "value": "one.two"}),
        ("ÀÉÎ STRASSE", {"type": "icontains", "value": "àéî"}),
        ("Straße", {"type": "icontains", "value": "STRASSE"}),
        (f"It is {word}.", {"type": "contains", "value": "{{word}}"}),
        (f"It is {word}.", {"type": "not-contains", "value": "{{ word }}"}),
        (f"It is {word}.", {"type": "equals", "value": "It is {{word}}."}),
        ("a, b and c", {"type": "contains-any", "value": ["a, b", "z"]}),
        ("a and b", {"type": "contains-any", "value": ["a, b", "z"]}),
        ("42", {"type": "equals", "value": 42}),
        ("7 days", {"type": "contains", "value": 7}),
        ("", {"type": "not-contains", "value": "x"}),
    ]


def tests() -> tuple[list[dict], list[dict]]:
    """The tests, and what the server answers to each."""
    cases, fixtures = [], []
    special = edges("")
    for number in range(TESTS):
        word = f"w{number:03}"
        late = number - (TESTS - len(special))
        if late >= 0:
            answer, wanted = edges(word)[late]
            asserts, slow = [wanted], False
        else:
            kind, negated, holds = KINDS[number % 13], number // 13 % 2 == 1, number // 26 % 2 == 0
            # Weighbridge refuses `not-latency`: a run that has to be slow is none.
            negated = negated and kind != "latency"
            answer = answers(word)[number % 8 if number % 13 not in (9, 10) else (2, 3, 2, 4, 2, 5, 0, 7)[number // 13 % 8]]
            wanted = assertion(kind, holds, word, answer, number)
            asserts = [{**wanted, "type": f"not-{wanted['type']}"} if negated else wanted]
            slow = kind == "latency" and not holds
            if number % 4 == 0:
                # Two that hold and say nothing of the first.
                asserts += [{"type": "contains", "value": word}, {"type": "not-icontains", "value": f"zz{word}"}]
        cases.append({"vars": {"word": word}, "assert": asserts})
        fixture = {"match": {"userMessage": f"Say {word}."}, "response": {"content": answer, "usage": {"input_tokens": 40, "output_tokens": 20}}}
        if slow:
            fixture["chaos"] = {"latencyMs": 10}
        fixtures.append(fixture)
    return cases, fixtures


# --- peers -------------------------------------------------------------------------------------------------


def install(cache: Path) -> dict[str, Path]:
    """promptfoo, the Node it needs and the server, each in a folder of its own."""
    stamp, wanted = cache / "installed.txt", "\n".join([NODE, PROMPTFOO, AIMOCK])
    home = {name: cache / name for name in ("node22", "promptfoo", "aimock")}
    node = home["node22"] / "node_modules" / "node" / "bin"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {NODE}, {PROMPTFOO} and {AIMOCK} into {cache} (1.5 GB)", file=sys.stderr)
        npm = shutil.which("npm") or sys.exit("cases_peers: npm has to be on PATH")
        for folder, package in zip(home.values(), (NODE, PROMPTFOO, AIMOCK)):
            folder.mkdir(parents=True, exist_ok=True)
            env = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
            command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error", package]
            subprocess.run(command, check=True, env=env)
        stamp.write_text(wanted)
    return {"node": node, "promptfoo": home["promptfoo"] / "node_modules" / ".bin" / "promptfoo",
            "llmock": home["aimock"] / "node_modules" / ".bin" / "llmock"}


class Aimock:
    """The server both are run against."""

    def __init__(self, peers: dict[str, Path], folder: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [peers["llmock"], "-p", str(self.port), "-f", str(folder), "--strict", "--log-level", "silent", "--journal-max", "0"]
        self.process = subprocess.Popen(command, env=node_env(peers["node"]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self) -> Aimock:
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        self.__exit__()
        sys.exit("cases_peers: the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def asked(self) -> int:
        """How often it was asked since the last time."""
        base = f"http://127.0.0.1:{self.port}/__aimock"
        with urllib.request.urlopen(f"{base}/journal?limit=1", timeout=30) as answer:
            count = int(answer.headers["X-Total-Count"])
        urllib.request.urlopen(urllib.request.Request(f"{base}/reset/journal", b"", method="POST"), timeout=30).close()
        return count


def node_env(node: Path, **extra: str) -> dict[str, str]:
    """The same with a Node of its own."""
    env = clean_env(**extra)
    return {**env, "PATH": f"{node}{os.pathsep}{env.get('PATH', '')}"}


# --- measurements ------------------------------------------------------------------------------------------


def theirs(peers: dict[str, Path], folder: Path) -> tuple[Run, dict[int, tuple[str, str]]]:
    out = folder / "promptfoo.json"
    out.unlink(missing_ok=True)
    env = node_env(peers["node"], PROMPTFOO_DISABLE_TELEMETRY="1", PROMPTFOO_DISABLE_UPDATE="1",
                    PROMPTFOO_DISABLE_REMOTE_GENERATION="true", PROMPTFOO_CONFIG_DIR=str(folder.parent / "promptfoo-home"),
                    OPENAI_API_KEY="none")
    command = [peers["promptfoo"], "eval", "-c", "promptfooconfig.yaml", "--no-cache", "--no-write", "--no-share", "--no-table",
               "--no-progress-bar", "-j", JOBS, "-o", out]
    # 100 is how it says that tests have failed.
    used = run(command, env, cwd=folder, codes=(0, 100))
    verdicts = {}
    for result in json.loads(out.read_text())["results"]["results"]:
        error = result.get("failureReason") == 2
        verdict = "passed" if result["success"] else "error" if error else "failed"
        why = result.get("error") or (result.get("gradingResult") or {}).get("reason") or ""
        verdicts[result["testIdx"]] = (verdict, why.split("\n")[0])
    return used, verdicts


def ours(binary: Path, port: int, folder: Path) -> tuple[Run, dict[int, tuple[str, str]]]:
    out = folder / "weighbridge.json"
    out.unlink(missing_ok=True)
    command = [binary, "integration", "--mode", "off", "--cache-dir", folder.parent / "cache", "-j", JOBS, "--format", "json", "-o", out]
    used = run(command, clean_env(OPENAI_BASE_URL=f"http://127.0.0.1:{port}/v1"), cwd=folder, codes=(0, 1, 5))
    verdicts = {}
    cases = json.loads(out.read_text())["cases"]
    if cases["faults"]:
        sys.exit("cases_peers: the file cannot be read: " + "; ".join(cases["faults"][:5]))
    for case in cases["cases"]:
        why = [item["reason"] for run_ in case["runs"] for item in run_["judged"] if item.get("reason")]
        why += [str(run_["state"].get("reasons", "")) for run_ in case["runs"]]
        verdicts[int(case["id"].rsplit("#", 1)[1]) - 1] = (case["state"], "; ".join(part for part in why if part))
    return used, verdicts


def differences(cases: list[dict], mine: dict[int, tuple[str, str]], other: dict[int, tuple[str, str]]) -> list[str]:
    found = []
    for number, case in enumerate(cases):
        (our, our_why), (their, their_why) = mine.get(number, ("missing", "")), other.get(number, ("missing", ""))
        if our != their:
            found.append(f"test {number + 1}, {json.dumps(case['assert'], ensure_ascii=False)}: Weighbridge {our} ({our_why}), "
                         f"promptfoo {their} ({their_why})".replace("\n", " "))
    return found


def measure(options: argparse.Namespace, peers: dict[str, Path], work: Path) -> tuple[dict[str, float], list[str]]:
    folder, mock = work / "suite", work / "mock"
    folder.mkdir()
    mock.mkdir()
    cases, fixtures = tests()
    (mock / "answers.json").write_text(json.dumps({"fixtures": fixtures}, indent=1))
    found: list[str] = []
    runs: dict[str, list[Run]] = {"ours": [], "theirs": []}
    with Aimock(peers, mock) as server:
        provider = {"id": f"openai:chat:{MODEL}",
                    "config": {"apiBaseUrl": f"http://127.0.0.1:{server.port}/v1", "max_tokens": 64}}
        config = {"prompts": ["Say {{word}}."], "providers": [provider], "tests": cases}
        # JSON is YAML.
        (folder / "promptfooconfig.yaml").write_text(json.dumps(config, indent=1, ensure_ascii=False))
        for round_ in range(options.runs + 1):
            say("once without counting" if round_ == 0 else f"round {round_} of {options.runs}")
            mine_used, mine = ours(options.binary, server.port, folder)
            mine_asked = server.asked()
            other_used, other = theirs(peers, folder)
            other_asked = server.asked()
            if (mine_asked, other_asked) != (TESTS, TESTS):
                sys.exit(f"cases_peers: {TESTS} tests, but the server was asked {mine_asked} and {other_asked} times")
            if round_ == 0:
                found = differences(cases, mine, other)
                failed = sum(verdict != "passed" for verdict, _ in other.values())
            else:
                runs["ours"].append(mine_used)
                runs["theirs"].append(other_used)
                again = differences(cases, mine, other)
                if again != found:
                    sys.exit("cases_peers: two rounds with other verdicts: " + "; ".join(set(again) ^ set(found)))
    figures: dict[str, float] = {"verdicts.tests": TESTS, "verdicts.failed": failed, "verdicts.differences": len(found)}
    for name, all_ in runs.items():
        figures[f"wall.{name}_s"] = statistics.median(one.wall for one in all_)
        figures[f"cpu.{name}_s"] = statistics.median(one.cpu for one in all_)
        figures[f"memory.{name}_mb"] = max(one.rss_mb for one in all_)
    for what, unit in (("wall", "s"), ("cpu", "s"), ("memory", "mb")):
        figures[f"{what}.ratio"] = figures[f"{what}.theirs_{unit}"] / figures[f"{what}.ours_{unit}"]
    return figures, found


def met(value: float, comparison: str, limit: float) -> bool:
    return {"<=": value <= limit, ">=": value >= limit}[comparison]


def table(figures: dict[str, float]) -> str:
    get = figures.__getitem__
    rows = [
        ("verdicts.differences", f"{TESTS} tests: other verdicts than promptfoo's", f"{get('verdicts.failed'):.0f} of them should not pass", "{:.0f}"),
        ("wall.ratio", "wall time, start to finish: promptfoo / Weighbridge", f"{get('wall.theirs_s'):.2f} s / {get('wall.ours_s'):.3f} s", "{:.1f} x"),
        ("cpu.ratio", "the same, CPU time", f"{get('cpu.theirs_s'):.2f} s / {get('cpu.ours_s'):.3f} s", "{:.1f} x"),
        ("memory.ratio", "peak memory: promptfoo / Weighbridge", f"{get('memory.theirs_mb'):.0f} MB / {get('memory.ours_mb'):.1f} MB", "{:.1f} x"),
    ]
    targets = {name: (comparison, limit, unit) for name, comparison, limit, unit in TARGETS}
    lines = ["| what | measured | target | from |", "|---|---|---|---|"]
    for name, title, source, shape in rows:
        target = ""
        if name in targets:
            comparison, limit, unit = targets[name]
            verdict = "met" if met(figures[name], comparison, limit) else "**missed**"
            target = f"{comparison} {limit:g}{' ' + unit if unit else ''}: {verdict}"
        lines.append(f"| {title} | {shape.format(figures[name])} | {target} | {source} |")
    return "\n".join(lines)


def about(options: argparse.Namespace, peers: dict[str, Path]) -> dict[str, str]:
    def first_line(command: list[object], env: dict[str, str]) -> str:
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, env=env, check=True).stdout.split("\n")[0]

    cpu_model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu_model = names[0] if names else cpu_model
    built = datetime.datetime.fromtimestamp(options.binary.stat().st_mtime, datetime.timezone.utc)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} x {cpu_model}, {platform.system()} {platform.release()}",
        "load": "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg()),
        "weighbridge": first_line([options.binary, "--version"], clean_env()),
        "binary built": built.isoformat(timespec="minutes"),
        "promptfoo": PROMPTFOO.split("@")[1],
        "node": first_line([peers["node"] / "node", "--version"], clean_env()),
        "aimock": AIMOCK.rsplit("@", 1)[1],
        "jobs": str(JOBS),
        "runs": str(options.runs),
    }


def say(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr)


def main() -> int:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=REPOSITORY / "target" / "release" / "weighbridge")
    parser.add_argument("--cache", type=Path, default=home / "weighbridge-bench" / "cases-peers", help="where the peers are installed")
    parser.add_argument("--runs", type=int, default=5, help="runs of each program; the median counts")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    if not options.binary.is_file():
        parser.error(f"{options.binary} is not there; build it with `cargo build --release`")
    options.cache.mkdir(parents=True, exist_ok=True)
    peers = install(options.cache.resolve())
    facts = about(options, peers)
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as work:
        figures, found = measure(options, peers, Path(work))
    for name, value in facts.items():
        print(f"{name}: {value}")
    print(f"\n{table(figures)}\n")
    print("\n".join(found) if found else "the verdicts are the same")
    if options.json:
        options.json.write_text(json.dumps({"about": facts, "figures": figures, "differences": found}, indent=2) + "\n")
    missed = [target for target in TARGETS if not met(figures[target[0]], target[1], target[2])]
    for name, comparison, limit, unit in missed:
        print(f"missed: {name} is {figures[name]:.2f} {unit}, wanted {comparison} {limit:g} {unit}", file=sys.stderr)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
