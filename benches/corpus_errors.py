#!/usr/bin/env python3
"""Runs `validate` on every repository of the corpus and prints a table and every error, to be read by a person.

A repository is a folder of `../shared/corpus`, or of --corpus. What was read as wrong stands in README.md.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=REPOSITORY.parent / "shared" / "corpus")
    parser.add_argument("--binary", type=Path, default=REPOSITORY / "target" / "release" / "weighbridge")
    parser.add_argument("--warnings", action="store_true", help="show warnings too")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        sys.exit(f"there is no folder {arguments.corpus}")
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    rows, shown = [], []
    for folder in sorted(path for path in arguments.corpus.iterdir() if path.is_dir()):
        command = [str(arguments.binary), "validate", str(folder), "--no-cache", "--format", "json"]
        run = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        if run.returncode not in (0, 1):
            sys.exit(f"{folder.name}: exit code {run.returncode}\n{run.stderr}")
        report = json.loads(run.stdout)
        count = collections.Counter(finding["severity"] for finding in report["findings"])
        rows.append((folder.name, len(report["files"]), count["error"], count["warning"], count["info"]))
        wanted = {"error", "warning"} if arguments.warnings else {"error"}
        for finding in report["findings"]:
            if finding["severity"] in wanted:
                place = finding["place"]
                line = place.get("span", {}).get("start", {}).get("line", 0)
                shown.append(f"{folder.name}/{place['path']}:{line}: {finding['rule']}: {finding['message']}")
    print("| corpus | files | errors | warnings | notes |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()
    print("\n".join(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
