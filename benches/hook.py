#!/usr/bin/env python3
"""What a person waits for before a commit, and what the search for secrets adds to validation.

    python3 benches/hook.py --binary target/dist/weighbridge

Writes repositories of its own with git, changes one file, and prints Markdown tables: wall time in milliseconds (median and
slowest), and the ratio of validation with and without the search. Runs alternate, so that a slow minute meets them all.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from compare import alternate, mixed_tree
from measure import clean_env

LIMITS = {"hook, small": 50, "only changed": 150}


def git(folder: Path, *args: str) -> None:
    names = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", *names, *args], cwd=folder, check=True, stdout=subprocess.DEVNULL, env=clean_env(GIT_CONFIG_GLOBAL="/dev/null"))


def repository(folder: Path, files: int) -> Path:
    """A repository of that many files, one of which is changed and staged."""
    folder.mkdir(parents=True)
    mixed_tree(folder, files)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "start")
    # As in a clone: objects are packed, and git writes its index after the files.
    git(folder, "gc", "--quiet")
    time.sleep(0.05)
    git(folder, "update-index", "--refresh")
    changed = sorted(folder.rglob("SKILL.md"))[0]
    changed.write_text(changed.read_text() + "\nOne more line.\n")
    git(folder, "add", "--all")
    return folder


def milliseconds(runs: list) -> str:
    walls = [1000 * run.wall for run in runs]
    return f"{statistics.median(walls):.0f} | {max(walls):.0f}"


def waiting(binary: Path, work: Path, rounds: int) -> None:
    print("| one file changed | files | median ms | slowest ms | limit |\n|---|---:|---:|---:|---:|")
    for name, files in (("small", 20), ("large", 4000)):
        root = repository(work / name, files)
        cache = work / f"{name}-cache"
        changed = [binary, "validate", root, "--only-changed", "--base", "main"]
        commands = {
            f"hook, {name}": [binary, "hook", "run", root],
            "only changed": [*changed, "--no-cache"],
            "only changed, cached": [*changed, "--cache-dir", cache],
            "all of it": [binary, "validate", root, "--no-cache"],
        }
        for label, runs in alternate(rounds, commands, cwd=root).items():
            limit = LIMITS.get(label, "")
            print(f"| {label} | {files} | {milliseconds(runs)} | {limit} |")


def secrets(binary: Path, corpus: Path, rounds: int) -> None:
    """`secrets --agent-files` lists the files too, so what it takes is more than what the search adds."""
    print("\n| CPU seconds | validation | search for secrets alone | with / without, at most |\n|---|---:|---:|---:|")
    for tree in sorted(path for path in corpus.iterdir() if path.is_dir()):
        commands = {
            "validate": [binary, "validate", tree, "--no-cache"],
            "secrets": [binary, "secrets", tree, "--agent-files", "--exit-zero"],
        }
        took = {name: statistics.median(run.cpu for run in runs) for name, runs in alternate(rounds, commands).items()}
        ratio = took["validate"] / (took["validate"] - took["secrets"])
        print(f"| {tree.name} | {took['validate']:.3f} | {took['secrets']:.3f} | {ratio:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=Path("target/release/weighbridge"))
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    binary = args.binary.resolve()
    with tempfile.TemporaryDirectory() as work:
        waiting(binary, Path(work), args.rounds)
    if args.corpus.is_dir():
        secrets(binary, args.corpus, args.rounds)


if __name__ == "__main__":
    main()
