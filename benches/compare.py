#!/usr/bin/env python3
"""Compares Weighbridge with its peers, on this machine, in one run, and prints ratios.

Peers are installed from PyPI into a virtual environment in a cache folder; nothing else is needed but Python
3.9 and `python3 -m venv`. See README.md in this folder for the method and for figures.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from measure import Run, clean_env, run

REPOSITORY = Path(__file__).resolve().parent.parent

# One version each, so that two runs of this script compare the same things.
AGNIX = "agnix==0.59.3"
TIKTOKEN = "tiktoken==0.14.0"
# Carries the vocabulary of o200k_base as a file; its code and its dependencies are not used.
LITELLM = "litellm==1.109.1"
O200K = "fb374d419588a4632f3f557e76b4b70aebbca790"

# What the project promises: name of the figure, comparison, limit, unit.
TARGETS = [
    ("corpus.run_to_agnix", "<=", 1.3, "x"),
    ("skills.weighbridge_growth", "<=", 2.3, "x"),
    ("corpus.agnix_to_warm", ">=", 10.0, "x"),
    ("tokens.count_to_tiktoken", ">=", 3.0, "x"),
    ("version.wall_ms", "<", 10.0, "ms"),
    ("mixed.weighbridge_rss_mb", "<", 150.0, "MB"),
    ("binary.stripped_mb", "<", 30.0, "MB"),
]

# Says what `cargo bench --bench count` says, by the same clock: files read and vocabulary loaded before.
PYTHON_COUNTER = """
import json, sys, time, tiktoken
encoding = tiktoken.get_encoding("o200k_base")
encoding.encode_ordinary("word")
texts = [open(path, encoding="utf-8", newline="").read() for path in open(sys.argv[1], encoding="utf-8").read().splitlines()]
start = time.thread_time()
tokens = sum(len(encoding.encode_ordinary(text)) for text in texts)
seconds = time.thread_time() - start
print(json.dumps({"bytes": sum(len(text.encode()) for text in texts), "tokens": tokens, "seconds": seconds}))
"""


def alternate(rounds: int, commands: dict[str, list[str]], **options) -> dict[str, list[Run]]:
    """Runs all programs once, then all once more, so that a slow minute of the machine meets them all."""
    results: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            results[name].append(run(command, **options))
    return results


def cpu(runs: list[Run]) -> float:
    return statistics.median(result.cpu for result in runs)


# --- peers -------------------------------------------------------------------------------------------------


def install(cache: Path) -> dict[str, Path]:
    venv = cache / "venv"
    pip = venv / "bin" / "pip"
    stamp = cache / "installed.txt"
    wanted = "\n".join([AGNIX, TIKTOKEN, LITELLM])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {AGNIX} and {TIKTOKEN} into {venv}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        subprocess.run([pip, "install", "--quiet", AGNIX, TIKTOKEN], check=True)
        wheels = cache / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        subprocess.run([pip, "download", "--quiet", "--no-deps", "--dest", wheels, LITELLM], check=True)
        vocabulary = cache / "vocabulary"
        vocabulary.mkdir(exist_ok=True)
        with zipfile.ZipFile(next(wheels.glob("litellm-*.whl"))) as wheel:
            name = f"litellm/litellm_core_utils/tokenizers/{O200K}"
            (vocabulary / O200K).write_bytes(wheel.read(name))
        shutil.rmtree(wheels)
        stamp.write_text(wanted)
    counter = cache / "count.py"
    counter.write_text(PYTHON_COUNTER)
    return {
        "agnix": venv / "bin" / "agnix",
        "python": venv / "bin" / "python",
        "counter": counter,
        "vocabulary": cache / "vocabulary",
    }


# --- inputs ------------------------------------------------------------------------------------------------

WORDS = (
    "account agent answer branch build cache change check client command comment commit config context cost count "
    "customer deploy diff document draft error event example failure field file folder format function gate handle "
    "header history import index input invoice issue label layer limit line link list log merge message method model "
    "module name note number object option order output owner package parser path plan policy prompt queue range "
    "reason record refund release report request result review root route rule runner schema script secret section "
    "server service session setting shape skill source stage state step store string summary system table task team "
    "test ticket token tool trace tree type update user value version warning window worker write"
).split()


def sentence(dice: random.Random) -> str:
    words = [dice.choice(WORDS) for _ in range(dice.randint(6, 16))]
    return " ".join(words).capitalize() + "."


def body(dice: random.Random, sections: int) -> str:
    lines = []
    for number in range(sections):
        lines += ["", f"## {dice.choice(WORDS).capitalize()} {number}", ""]
        lines += [" ".join(sentence(dice) for _ in range(3))]
        lines += [""] + [f"- {sentence(dice)}" for _ in range(dice.randint(2, 5))]
        lines += ["", "```sh", f"{dice.choice(WORDS)} --{dice.choice(WORDS)} {dice.choice(WORDS)}.yaml", "```"]
    return "\n".join(lines) + "\n"


def skill(dice: random.Random, name: str) -> str:
    description = f"Use when a {dice.choice(WORDS)} needs a {dice.choice(WORDS)}. {sentence(dice)}"
    return f"---\nname: {name}\ndescription: {description}\n---\n\n# {name}\n{body(dice, 4)}"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def skills_tree(root: Path, count: int) -> None:
    dice = random.Random(count)
    write(root / "CLAUDE.md", f"# Project\n{body(dice, 3)}")
    for number in range(count):
        name = f"{dice.choice(WORDS)}-{number:05}"
        write(root / ".claude" / "skills" / name / "SKILL.md", skill(dice, name))


def mixed_tree(root: Path, count: int) -> None:
    dice = random.Random(count)
    write(root / "AGENTS.md", f"# Project\n{body(dice, 3)}")
    for number in range(count - 1):
        word = dice.choice(WORDS)
        name = f"{word}-{number:05}"
        front = f"name: {name}\ndescription: {sentence(dice)}"
        kind = number % 8
        if kind == 0:
            write(root / "packages" / name / "AGENTS.md", f"# {name}\n{body(dice, 2)}")
        elif kind == 1:
            write(root / "packages" / name / "CLAUDE.md", f"# {name}\n{body(dice, 2)}")
        elif kind == 2:
            write(root / ".claude" / "agents" / f"{name}.md", f"---\n{front}\n---\n{body(dice, 3)}")
        elif kind == 3:
            write(root / ".claude" / "commands" / f"{name}.md", f"---\ndescription: {sentence(dice)}\n---\n{body(dice, 2)}")
        elif kind == 4:
            write(root / ".cursor" / "rules" / f"{name}.mdc", f"---\ndescription: {sentence(dice)}\nglobs: src/{word}/**\nalwaysApply: false\n---\n{body(dice, 1)}")
        elif kind == 5:
            write(root / ".github" / "instructions" / f"{name}.instructions.md", f"---\napplyTo: \"src/{word}/**\"\n---\n{body(dice, 1)}")
        elif kind == 6:
            servers = {f"{word}-{index}": {"command": "node", "args": [f"{word}.js"]} for index in range(3)}
            write(root / "packages" / name / ".mcp.json", json.dumps({"mcpServers": servers}, indent=2))
        else:
            write(root / ".agents" / "skills" / name / "SKILL.md", skill(dice, name))


def text_tree(root: Path, texts: list[Path]) -> list[Path]:
    """A CLAUDE.md that imports texts: they are weighed, and there is no rule to check them by."""
    names, files = [], []
    for source in texts:
        try:
            text = source.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        if not text.strip():
            continue
        name = f"texts/{len(files):05}.txt"
        write(root / name, text)
        names.append(f"@{name}")
        files.append(root / name)
        # No more than one round of imports takes.
        if len(files) == 1900:
            break
    write(root / "CLAUDE.md", "\n".join(names) + "\n")
    return files


# --- measurements ------------------------------------------------------------------------------------------


def measure(options: argparse.Namespace, peers: dict[str, Path], work: Path) -> dict[str, float]:
    binary, rounds, corpus = str(options.binary), options.runs, options.corpus
    agnix = str(peers["agnix"])
    figures: dict[str, float] = {}

    def trio(root: Path) -> dict[str, list[str]]:
        return {
            "agnix": [agnix, str(root)],
            "validate": [binary, "validate", "--no-cache", str(root)],
            "run": [binary, "run", "--no-cache", str(root)],
        }

    def warm(root: Path, name: str) -> list[str]:
        command = [binary, "run", "--cache-dir", str(work / f"cache-{name}"), str(root)]
        run(command)
        return command

    say("corpus")
    parts = sorted(path for path in corpus.iterdir() if path.is_dir())
    sums = {"agnix": 0.0, "validate": 0.0, "run": 0.0, "warm": 0.0}
    for part in parts:
        results = alternate(rounds, {**trio(part), "warm": warm(part, part.name)})
        for name, runs in results.items():
            sums[name] += cpu(runs)
            figures[f"corpus.{part.name}.{name}_cpu_s"] = cpu(runs)
    for name, total in sums.items():
        figures[f"corpus.{name}_cpu_s"] = total
    figures["corpus.validate_to_agnix"] = sums["validate"] / sums["agnix"]
    figures["corpus.run_to_agnix"] = sums["run"] / sums["agnix"]
    figures["corpus.agnix_to_warm"] = sums["agnix"] / sums["warm"]

    times = {}
    for count in (1000, 2000):
        say(f"{count} skills")
        root = work / f"skills-{count}"
        skills_tree(root, count)
        results = alternate(rounds, {**trio(root), "warm": warm(root, root.name)})
        for name, runs in results.items():
            times[name, count] = figures[f"skills.{count}.{name}_cpu_s"] = cpu(runs)
    figures["skills.weighbridge_growth"] = times["run", 2000] / times["run", 1000]
    figures["skills.agnix_growth"] = times["agnix", 2000] / times["agnix", 1000]
    figures["skills.run_to_agnix"] = times["run", 2000] / times["agnix", 2000]
    figures["skills.agnix_to_warm"] = times["agnix", 2000] / times["warm", 2000]

    say("4000 mixed files")
    root = work / "mixed"
    mixed_tree(root, 4000)
    results = alternate(rounds, trio(root))
    figures["mixed.agnix_cpu_s"] = cpu(results["agnix"])
    figures["mixed.run_cpu_s"] = cpu(results["run"])
    figures["mixed.run_to_agnix"] = figures["mixed.run_cpu_s"] / figures["mixed.agnix_cpu_s"]
    figures["mixed.weighbridge_rss_mb"] = max(result.rss_mb for result in results["run"])
    figures["mixed.agnix_rss_mb"] = max(result.rss_mb for result in results["agnix"])

    figures.update(measure_tokens(options, peers, work))

    say("start-up")
    versions = alternate(30, {"weighbridge": [binary, "--version"], "agnix": [agnix, "--version"]})
    figures["version.wall_ms"] = 1000 * statistics.median(result.wall for result in versions["weighbridge"])
    figures["version.agnix_wall_ms"] = 1000 * statistics.median(result.wall for result in versions["agnix"])

    stripped = work / "stripped"
    shutil.copy(options.binary, stripped)
    if shutil.which("strip"):
        subprocess.run(["strip", str(stripped)], check=True)
    figures["binary.stripped_mb"] = stripped.stat().st_size / 1e6
    return figures


def measure_tokens(options: argparse.Namespace, peers: dict[str, Path], work: Path) -> dict[str, float]:
    say("tokens")
    texts = sorted(path for path in options.corpus.rglob("*.md") if path.is_file())
    if sum(path.stat().st_size for path in texts) < 1_000_000:
        texts = sorted((work / "skills-1000").rglob("*.md"))
    files = text_tree(work / "texts", texts)
    size = sum(path.stat().st_size for path in files)
    write(work / "one" / "CLAUDE.md", "word\n")
    for name, paths in (("all", files), ("one", [work / "one" / "CLAUDE.md"])):
        write(work / f"{name}.list", "\n".join(map(str, paths)) + "\n")

    binary, python, counter = str(options.binary), str(peers["python"]), str(peers["counter"])
    bench = counting_bench()
    env = clean_env(TIKTOKEN_CACHE_DIR=str(peers["vocabulary"]), RAYON_NUM_THREADS="1")

    # The same work on both sides: each program times its own counting.
    programs = {
        "exact": [bench, str(work / "all.list"), "exact"],
        "weigh": [bench, str(work / "all.list"), "weigh"],
        "tiktoken": [python, counter, str(work / "all.list")],
    }
    said: dict[str, list[dict]] = {name: [] for name in programs}
    for _ in range(options.runs):
        for name, command in programs.items():
            run(command, env=env, out=work / "said.json")
            said[name].append(json.loads((work / "said.json").read_text()))
    counts = {name: {(each["bytes"], each["tokens"]) for each in runs} for name, runs in said.items()}
    # The ratios mean something only when all have counted the same.
    if len(set.union(*counts.values())) != 1:
        sys.exit(f"compare: bytes and tokens differ: {counts}")
    [(size, tokens)] = counts["exact"]
    alone = {name: statistics.median(each["seconds"] for each in runs) for name, runs in said.items()}

    # The whole command. One tiny text takes the time of starting up, vocabulary included; an empty tree would not
    # load it.
    results = alternate(options.runs, {
        "ours": [binary, "tokens", "--json", str(work / "texts")],
        "ours, one": [binary, "tokens", "--json", str(work / "one")],
        "theirs": [python, counter, str(work / "all.list")],
        "theirs, one": [python, counter, str(work / "one.list")],
    }, env=env)
    ours = cpu(results["ours"]) - cpu(results["ours, one"])
    theirs = cpu(results["theirs"]) - cpu(results["theirs, one"])
    run([binary, "tokens", "--json", str(work / "texts")], env=env, out=work / "ours.json")
    counted = sum(
        count["tokens"]
        for row in json.loads((work / "ours.json").read_text())
        if row["path"].startswith("texts/")
        for count in row["counts"]
        if count["family"] == "o200k"
    )
    if counted != tokens:
        sys.exit(f"compare: `weighbridge tokens` counts {counted} tokens where tiktoken counts {tokens}")
    return {
        "tokens.bytes": size,
        "tokens.count": tokens,
        "tokens.count_mb_per_s": size / 1e6 / alone["exact"],
        "tokens.weigh_mb_per_s": size / 1e6 / alone["weigh"],
        "tokens.tiktoken_mb_per_s": size / 1e6 / alone["tiktoken"],
        "tokens.count_to_tiktoken": alone["tiktoken"] / alone["exact"],
        "tokens.weigh_to_tiktoken": alone["tiktoken"] / alone["weigh"],
        "tokens.command_mb_per_s": size / 1e6 / ours,
        "tokens.python_mb_per_s": size / 1e6 / theirs,
        "tokens.command_to_python": theirs / ours,
        "tokens.start_ms": 1000 * cpu(results["ours, one"]),
        "tokens.python_start_ms": 1000 * cpu(results["theirs, one"]),
    }


def counting_bench() -> str:
    """The program of `benches/count.rs`, built with the profile of a release."""
    command = ["cargo", "bench", "--bench", "count", "--no-run", "--message-format", "json"]
    built = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    messages = map(json.loads, built.stdout.splitlines())
    programs = [each["executable"] for each in messages if each.get("target", {}).get("name") == "count"]
    return programs[0]


# --- output ------------------------------------------------------------------------------------------------


def met(value: float, comparison: str, limit: float) -> bool:
    return {"<=": value <= limit, "<": value < limit, ">=": value >= limit}[comparison]


def table(figures: dict[str, float]) -> str:
    get = figures.__getitem__
    rows = [
        ("corpus.run_to_agnix", "corpus: `run --no-cache` / agnix, CPU",
         f"{get('corpus.run_cpu_s'):.2f} s / {get('corpus.agnix_cpu_s'):.2f} s"),
        ("corpus.validate_to_agnix", "corpus: `validate --no-cache` / agnix, CPU",
         f"{get('corpus.validate_cpu_s'):.2f} s / {get('corpus.agnix_cpu_s'):.2f} s"),
        ("corpus.agnix_to_warm", "corpus: agnix / second `run --cache-dir`, CPU",
         f"{get('corpus.agnix_cpu_s'):.2f} s / {get('corpus.warm_cpu_s'):.3f} s"),
        ("skills.run_to_agnix", "2,000 skills: `run --no-cache` / agnix, CPU",
         f"{get('skills.2000.run_cpu_s'):.2f} s / {get('skills.2000.agnix_cpu_s'):.2f} s"),
        ("skills.agnix_to_warm", "2,000 skills: agnix / second `run --cache-dir`, CPU",
         f"{get('skills.2000.agnix_cpu_s'):.2f} s / {get('skills.2000.warm_cpu_s'):.3f} s"),
        ("skills.weighbridge_growth", "2,000 skills / 1,000 skills, `run --no-cache`, CPU",
         f"{get('skills.2000.run_cpu_s'):.2f} s / {get('skills.1000.run_cpu_s'):.2f} s"),
        ("skills.agnix_growth", "2,000 skills / 1,000 skills, agnix, CPU",
         f"{get('skills.2000.agnix_cpu_s'):.2f} s / {get('skills.1000.agnix_cpu_s'):.2f} s"),
        ("mixed.run_to_agnix", "4,000 mixed files: `run --no-cache` / agnix, CPU",
         f"{get('mixed.run_cpu_s'):.2f} s / {get('mixed.agnix_cpu_s'):.2f} s"),
        ("mixed.weighbridge_rss_mb", "4,000 mixed files: peak memory", f"agnix {get('mixed.agnix_rss_mb'):.0f} MB"),
        ("tokens.count_to_tiktoken", "token counting of one thread: Weighbridge / Python `tiktoken`",
         f"{get('tokens.count_mb_per_s'):.1f} MB/s / {get('tokens.tiktoken_mb_per_s'):.1f} MB/s"),
        ("tokens.weigh_to_tiktoken", "the same with the three estimates, which `tiktoken` does not make",
         f"{get('tokens.weigh_mb_per_s'):.1f} MB/s / {get('tokens.tiktoken_mb_per_s'):.1f} MB/s"),
        ("tokens.command_to_python", "the whole command `tokens`: Weighbridge / Python loop",
         f"{get('tokens.command_mb_per_s'):.1f} MB/s / {get('tokens.python_mb_per_s'):.1f} MB/s"),
        ("version.wall_ms", "`--version`, wall", f"agnix {get('version.agnix_wall_ms'):.1f} ms"),
        ("binary.stripped_mb", "binary, stripped", ""),
    ]
    targets = {name: (comparison, limit, unit) for name, comparison, limit, unit in TARGETS}
    lines = ["| what | measured | target | from |", "|---|---|---|---|"]
    for name, title, source in rows:
        value = figures[name]
        target, unit = "", "x"
        if name in targets:
            comparison, limit, unit = targets[name]
            verdict = "met" if met(value, comparison, limit) else "**missed**"
            target = f"{comparison} {limit:g} {unit}: {verdict}"
        lines.append(f"| {title} | {value:.2f} {unit} | {target} | {source} |")
    return "\n".join(lines)


def about(options: argparse.Namespace, peers: dict[str, Path]) -> dict[str, str]:
    def first_line(command: list[str]) -> str:
        return subprocess.run(command, capture_output=True, text=True, env=clean_env(), check=True).stdout.split("\n")[0]

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
        "weighbridge": first_line([str(options.binary), "--version"]),
        "binary built": built.isoformat(timespec="minutes"),
        "agnix": first_line([str(peers["agnix"]), "--version"]),
        "tiktoken": TIKTOKEN.split("==")[1],
        "python": platform.python_version(),
        "corpus": f"{options.corpus.name}: " + ", ".join(sorted(path.name for path in options.corpus.iterdir() if path.is_dir())),
        "runs": str(options.runs),
    }


def say(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr)


def main() -> int:
    corpus = REPOSITORY.parent / "shared" / "corpus"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=REPOSITORY / "target" / "release" / "weighbridge")
    parser.add_argument("--corpus", type=Path, default=corpus if corpus.is_dir() else REPOSITORY / "examples",
                        help="folder of repositories [default: ../shared/corpus, else examples]")
    parser.add_argument("--cache", type=Path, default=home / "weighbridge-bench", help="where the peers are installed")
    parser.add_argument("--agnix", type=Path, help="another agnix command, such as one of `cargo install agnix-cli`")
    parser.add_argument("--runs", type=int, default=5, help="runs of each program; the median counts")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    options.corpus = options.corpus.resolve()
    if not options.binary.is_file():
        parser.error(f"{options.binary} is not there; build it with `cargo build --release`")

    options.cache.mkdir(parents=True, exist_ok=True)
    options.cache = options.cache.resolve()
    peers = install(options.cache)
    if options.agnix:
        peers["agnix"] = options.agnix.resolve()
    facts = about(options, peers)
    # Not below this repository: its ignore files would hide the generated trees.
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as work:
        figures = measure(options, peers, Path(work))
    for name, value in facts.items():
        print(f"{name}: {value}")
    print()
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps({"about": facts, "figures": figures}, indent=2) + "\n")
    missed = [target for target in TARGETS if not met(figures[target[0]], target[1], target[2])]
    for name, comparison, limit, unit in missed:
        print(f"missed: {name} is {figures[name]:.2f} {unit}, wanted {comparison} {limit:g} {unit}", file=sys.stderr)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
