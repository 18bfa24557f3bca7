#!/usr/bin/env python3
"""Compares the prices of the program with LiteLLM's catalogue, a list kept by other people.

    WEIGHBRIDGE_BIN=target/release/weighbridge scripts/contract/prices.py [--write]

Every model that both have is priced for five shapes of a request by both, exactly. What differs has to be explained in
prices-known.json beside this script; a difference without an explanation fails, and so does an explanation that explains
nothing. The figures stand in docs/prices.md: without --write they are compared, with it they are written.

Exit codes: 0 agreement, 1 difference, 77 LiteLLM's catalogue is not installed (scripts/contract/install.sh brings it).
"""

import collections
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

VERSION = "1.109.1"
HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "prices.md"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
TOOLS = Path(os.environ.get("WEIGHBRIDGE_TOOLS") or CACHE / "weighbridge-tools")
CATALOGUE = TOOLS / f"litellm-{VERSION}" / "model_prices_and_context_window.json"

# LiteLLM's providers, and what stands before their models where the key does not name them already.
PROVIDERS = {
    "anthropic": "anthropic/", "openai": "openai/", "text-completion-openai": "openai/", "gemini": "",
    "vertex_ai-language-models": "vertex_ai/", "vertex_ai-anthropic_models": "", "bedrock": "bedrock/",
    "bedrock_converse": "bedrock/", "azure": "", "azure_ai": "", "xai": "", "mistral": "", "deepseek": "", "groq": "",
    "cohere_chat": "cohere/", "cohere": "cohere/", "openrouter": "", "together_ai": "", "fireworks_ai": "", "novita": "",
    "perplexity": "", "cerebras": "", "databricks": "", "moonshot": "", "minimax": "", "github_copilot": "", "zai": "",
}
KINDS = ("fresh", "cache_read", "cache_write_5m", "cache_write_1h", "output")
SHAPES = {
    "small, fresh": dict(fresh=1_200, output=300),
    "agent loop, 5-minute cache": dict(fresh=500, cache_read=60_000, cache_write_5m=2_000, output=800),
    "1-hour cache": dict(fresh=352, cache_read=30_000, cache_write_1h=20_000, output=1_500),
    "long prompt": dict(fresh=600_000, output=2_000),
    "much output": dict(fresh=2_000, output=30_000),
}
TOLERANCE = Decimal("1e-9")


def tiers_of_litellm(entry):
    """[(above, {kind: dollars per token})], smallest first; what a tier lacks is as in the one before."""
    keys = {"fresh": "input_cost_per_token", "output": "output_cost_per_token",
            "cache_read": "cache_read_input_token_cost", "cache_write_5m": "cache_creation_input_token_cost",
            "cache_write_1h": "cache_creation_input_token_cost_above_1hr"}
    found = collections.defaultdict(dict)
    if entry.get("tiered_pricing"):
        for tier in entry["tiered_pricing"]:
            for kind, key in keys.items():
                if tier.get(key) is not None:
                    found[int(tier["range"][0])][kind] = Decimal(tier[key])
    else:
        for kind, key in keys.items():
            for name, value in entry.items():
                match = re.fullmatch(re.escape(key) + r"(?:_above_(\d+)k_tokens)?", name)
                if match and value is not None:
                    found[int(match[1] or 0) * 1000][kind] = Decimal(value)
        if "input_cost_per_token_cache_hit" in entry:
            found[0].setdefault("cache_read", Decimal(entry["input_cost_per_token_cache_hit"]))
    tiers, rates = [], {}
    for above in sorted(found):
        rates = {**rates, **found[above]}
        # Zero for writing stands where writing is not charged for apart: it is billed as input.
        free = [kind for kind in ("cache_write_5m", "cache_write_1h") if rates.get(kind) == 0 and rates.get("fresh")]
        tiers.append((above, {kind: rate for kind, rate in rates.items() if kind not in free}))
    return tiers


def tiers_of_ours(quote):
    names = {"fresh": "input", "output": "output", "cache_read": "cache_read", "cache_write_5m": "cache_write_5m",
             "cache_write_1h": "cache_write_1h"}
    return [(tier["above"], {kind: Decimal(tier[name]) / 1_000_000 for kind, name in names.items() if tier.get(name) is not None})
            for tier in quote["rates"]]


def price(tiers, shape):
    """The whole request at the rates of the tier of its prompt; a kind without a rate is billed as the next wider one."""
    prompt = sum(count for kind, count in shape.items() if kind != "output")
    rates = [rates for above, rates in tiers if above == 0 or prompt > above][-1]
    wider = {"cache_write_1h": "cache_write_5m", "cache_write_5m": "fresh", "cache_read": "fresh"}

    def rate(kind):
        return rates[kind] if kind in rates else rate(wider[kind])

    return sum(rate(kind) * count for kind, count in shape.items())


def ask(names):
    binary = os.environ.get("WEIGHBRIDGE_BIN")
    if not binary or not os.access(binary, os.X_OK):
        sys.exit("prices.py: WEIGHBRIDGE_BIN must name the weighbridge binary")
    rows = []
    with tempfile.TemporaryDirectory() as empty:
        for start in range(0, len(names), 400):
            command = [binary, "prices", "show", "--json", "--quiet", "--root", empty, "--", *names[start:start + 400]]
            rows += json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return dict(zip(names, rows, strict=True))


def main():
    if not CATALOGUE.is_file():
        print("LiteLLM's catalogue is not installed: run scripts/contract/install.sh")
        sys.exit(77)
    catalogue = json.loads(CATALOGUE.read_text(), parse_float=Decimal, parse_int=Decimal)
    theirs = {}
    for key, entry in catalogue.items():
        prefix = PROVIDERS.get(entry.get("litellm_provider"))
        if prefix is None or entry.get("mode") not in ("chat", "completion", "responses"):
            continue
        tiers = tiers_of_litellm(entry)
        if tiers and tiers[0][0] == 0 and {"fresh", "output"} <= tiers[0][1].keys():
            theirs[key] = (key if key.startswith(prefix) else prefix + key, entry["litellm_provider"], tiers)
    answers = ask([name for name, _, _ in theirs.values()])

    compared, equal, missing = collections.Counter(), collections.Counter(), collections.Counter()
    shapes_equal, different = collections.Counter(), {}
    for key, (name, provider, tiers) in theirs.items():
        quote = answers[name]
        if "rates" not in quote:
            missing[provider] += 1
            continue
        compared[provider] += 1
        ours = tiers_of_ours(quote)
        found = {}
        for shape, usage in SHAPES.items():
            mine, other = price(ours, usage), price(tiers, usage)
            if abs(mine - other) <= TOLERANCE * max(mine, other):
                shapes_equal[shape] += 1
            else:
                found[shape] = (mine, other)
        if found:
            different[key] = (quote["model"], found)
        else:
            equal[provider] += 1

    known = json.loads((HERE / "prices-known.json").read_text())
    explained, unexplained = collections.defaultdict(list), []
    for key, (model, found) in different.items():
        rows = [row for row in known if any(fnmatch.fnmatchcase(key, pattern) for pattern in row["models"])
                and set(found) <= set(row.get("shapes", SHAPES))]
        if rows:
            explained[rows[0]["reason"]].append(key)
        else:
            worst = ", ".join(f"{shape}: ours ${mine.normalize():f}, theirs ${other.normalize():f}" for shape, (mine, other) in found.items())
            unexplained.append(f"{key} ({model}): {worst}")
    idle = [row["reason"] for row in known if row["reason"] not in explained]

    total = sum(compared.values())
    lines = [f"LiteLLM {VERSION} against {book()}: {total} models by {len(SHAPES)} requests, {total * len(SHAPES)} prices.", "",
             "| request | tokens | equal |", "|---|---|---|"]
    for shape, usage in SHAPES.items():
        tokens = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in usage.items())
        lines.append(f"| {shape} | {tokens} | {shapes_equal[shape]} of {total} |")
    lines += ["", "| provider of LiteLLM | models compared | all five equal | not in our book |", "|---|---|---|---|"]
    for provider in sorted(compared, key=lambda provider: (-compared[provider], provider)):
        lines.append(f"| `{provider}` | {compared[provider]} | {equal[provider]} | {missing[provider]} |")
    lines.append(f"| all | {total} | {sum(equal.values())} | {sum(missing[provider] for provider in compared)} |")
    lines += ["", f"{len(different)} models differ, for these reasons:", "", "| reason | models |", "|---|---|"]
    for row in known:
        keys = explained.get(row["reason"])
        if keys:
            some = ", ".join(f"`{key}`" for key in sorted(keys)[:4]) + (f" and {len(keys) - 4} more" if len(keys) > 4 else "")
            lines.append(f"| {row['reason']} | {len(keys)}: {some} |")
    section = "\n".join(lines)

    failed = False
    for text in unexplained:
        print(f"unexplained: {text}")
        failed = True
    for text in idle:
        print(f"explains nothing: {text}")
        failed = True
    if total < 300:
        print(f"only {total} models have one name in both lists")
        failed = True
    begin, end = "<!-- agreement: written by scripts/contract/prices.py --write -->\n", "\n<!-- /agreement -->"
    page = PAGE.read_text()
    head, rest = page.split(begin)
    tail = rest.split(end)[1]
    wanted = head + begin + section + end + tail
    if "--write" in sys.argv[1:]:
        PAGE.write_text(wanted)
    elif page != wanted:
        print("docs/prices.md is out of date: run scripts/contract/prices.py --write")
        failed = True
    print(f"{total} models, {total * len(SHAPES)} prices: {sum(shapes_equal.values())} equal, {len(different)} models differ, "
          f"{len(unexplained)} of them without an explanation")
    sys.exit(1 if failed else 0)


def book():
    source = (HERE.parent.parent / "src" / "cost" / "prices" / "book.rs").read_text()
    return re.search(r'pub const BOOK: &str = "([^"]+)"', source)[1]


main()
