#!/usr/bin/env python3
"""Starts six public MCP servers with `weighbridge mcp` and looks whether it says what they say.

    WEIGHBRIDGE_BIN=target/release/weighbridge scripts/contract/mcp.py [--kills N]

Every server is asked over its standard input and output in both protocols, `everything` over streamable HTTP too. What is
recorded is compared with what the server answers to this script, field by field. Then: a description that was changed is
found, nothing is passed on that no file names, and a program that was killed, 50 times at any moment and in three ways,
leaves no process behind, whatever the server does not to be found.

Exit codes: 0 as it should be, 1 not so, 77 the servers are not installed (scripts/contract/install.sh brings them).
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
TOOLS = Path(os.environ.get("WEIGHBRIDGE_TOOLS") or CACHE / "weighbridge-tools")
BINARY = Path(os.environ.get("WEIGHBRIDGE_BIN", "weighbridge")).absolute()

# What the pinned versions offer, and the protocols they speak.
SERVERS = {
    "everything": ("mcp-server-everything", ["stdio"], 13, False),
    "filesystem": ("mcp-server-filesystem", ["box"], 14, False),
    "memory": ("mcp-server-memory", [], 9, False),
    "time": ("mcp-server-time", [], 2, True),
    "fetch": ("mcp-server-fetch", [], 1, True),
    "git": ("mcp-server-git", [], 12, True),
}
LEGACY, MODERN = "2025-11-25", "2026-07-28"
# Ignores the end of its input and the request to end, and starts a process that has left its group and its parent.
NASTY = r"""
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
if os.fork() == 0:
    time.sleep(600)
time.sleep(600)
"""


def fail(message):
    print(message)
    sys.exit(1)


def expect(condition, message):
    if not condition:
        fail(message)


def weighbridge(folder, *arguments, env=None, code=0):
    known = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GITLAB_", "CI"))}
    done = subprocess.run([BINARY, "--quiet", "mcp", *arguments], cwd=folder, env={**known, **(env or {})},
                          capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    expect(done.returncode == code,
           f"`mcp {' '.join(arguments)}` ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}")
    return done


def asked(folder, *arguments, code=0):
    done = weighbridge(folder, *arguments, "--format", "json", code=code)
    return {server["name"]: server for server in json.loads(done.stdout)["servers"]}


def configure(folder, servers):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".mcp.json").write_text(json.dumps({"mcpServers": servers}, indent=2))


def allowed(names):
    return [word for name in names for word in ("--allow", name)]


class Plain:
    """Talks to a server without any library: what it says is what has to be recorded."""

    def __init__(self, folder, command, arguments):
        self.process = subprocess.Popen([TOOLS / "bin" / command, *arguments], cwd=folder, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.number = 0
        self.call("initialize", {"protocolVersion": LEGACY, "capabilities": {},
                                 "clientInfo": {"name": "contract", "version": "1"}})
        self.say({"method": "notifications/initialized"})

    def say(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def call(self, method, params):
        self.number += 1
        self.say({"id": self.number, "method": method, "params": params})
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") == self.number and "method" not in message:
                return message.get("result")
        fail(f"{self.process.args}: no answer to {method}")

    def all(self, method, key):
        found, cursor = [], None
        while True:
            result = self.call(method, {"cursor": cursor} if cursor else {}) or {}
            found += result.get(key, [])
            cursor = result.get("nextCursor")
            if not cursor:
                return found

    def end(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(20)


def by_name(items):
    return sorted(items, key=lambda item: item.get("uri") or item.get("uriTemplate") or item["name"])


def both_protocols(work):
    folder = work / "six"
    (folder / "box").mkdir(parents=True)
    configure(folder, {name: {"command": str(TOOLS / "bin" / command), "args": arguments}
                       for name, (command, arguments, _, _) in SERVERS.items()})
    for era in ("auto", "legacy", "modern"):
        some_fail = era == "modern"
        found = asked(folder, "list", *allowed(SERVERS), "--era", era, code=5 if some_fail else 0)
        for name, (_, _, tools, modern) in SERVERS.items():
            server = found[name]
            if era == "modern" and not modern:
                expect(server["outcome"] == "failed" and "-32601" in server["reason"], f"{name}, {era}: {server}")
                continue
            expect(server["outcome"] == "listed", f"{name}, {era}: {server['reason']}")
            offers = server["offers"]
            version = MODERN if modern and era != "legacy" else LEGACY
            expect(offers["protocol_version"] == version, f"{name}, {era}: {offers['protocol_version']}")
            expect(len(offers["tools"]) == tools, f"{name}, {era}: {len(offers['tools'])} tools")
            expect(all(count["tokens"] > 0 for tool in offers["tools"] for count in tool["tokens"]), f"{name}: no weight")
    return folder


def nothing_is_lost(folder):
    """What is recorded is what the server says to somebody else, whatever fields it has."""
    weighbridge(folder, "record", *allowed(SERVERS), "--era", "legacy")
    size = 0
    for name, (command, arguments, _, _) in SERVERS.items():
        plain = Plain(folder, command, arguments)
        recorded = json.loads((folder / ".weighbridge" / "mcp" / f"{name}.json").read_text())
        tools = plain.all("tools/list", "tools")
        expect(by_name(tools) == recorded["tools"], f"{name}: the recorded tools are not those of the server")
        for method, key in (("prompts/list", "prompts"), ("resources/templates/list", "resourceTemplates")):
            if key in recorded:
                expect(by_name(plain.all(method, key)) == recorded[key], f"{name}: {key} differ")
        size += len(json.dumps(tools, separators=(",", ":")))
        plain.end()
    before = {path.name: path.read_bytes() for path in (folder / ".weighbridge" / "mcp").iterdir()}
    weighbridge(folder, "record", *allowed(SERVERS), "--era", "legacy")
    after = {path.name: path.read_bytes() for path in (folder / ".weighbridge" / "mcp").iterdir()}
    expect(before == after, "recording twice writes other bytes")
    weighbridge(folder, "check", *allowed(SERVERS))
    return size


def turned(folder):
    """A server that says something else than was recorded is found."""
    path = folder / ".weighbridge" / "mcp" / "time.json"
    listing = json.loads(path.read_text())
    listing["tools"][0]["description"] += " As it was when we trusted it."
    listing["tools"][1]["name"] = "gone"
    path.write_text(json.dumps(listing, indent=2) + "\n")
    found = asked(folder, "check", *allowed(["time"]), "--only", "time", code=1)["time"]
    kinds = sorted((one["kind"], one["what"]) for one in found["differences"] if one["kind"] != "server")
    expect(kinds == [("tool", "description"), ("tool", "gone"), ("tool", "new")], f"differences: {kinds}")


def over_http(work):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = work / "web"
    configure(folder, {"web": {"type": "http", "url": f"http://127.0.0.1:{port}/mcp"}})
    server = subprocess.Popen([TOOLS / "bin" / "mcp-server-everything", "streamableHttp"],
                              env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.time() + 30
        while time.time() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        for era in ("auto", "legacy"):
            offers = asked(folder, "list", *allowed(["web"]), "--era", era)["web"]["offers"]
            expect(len(offers["tools"]) == 13 and offers["protocol_version"] == LEGACY, f"over HTTP, {era}: {offers}")
        asked(folder, "list", *allowed(["web"]), "--era", "modern", code=5)
    finally:
        server.kill()
        server.wait()
    found = asked(folder, "check", *allowed(["web"]), code=1)["web"]
    expect(found["outcome"] == "failed", "a server that is gone is no pass")


def nothing_is_passed_on(work):
    folder = work / "secrets"
    configure(folder, {
        "spy": {"command": "sh", "args": ["-c", "env > seen; cat /proc/$PPID/environ > above"], "env": {"NAMED": "${NAMED}"}},
    })
    env = {"NAMED": "named-value", "UNNAMED_TOKEN": "unnamed-value", "ANTHROPIC_API_KEY": "unnamed-value"}
    done = weighbridge(folder, "list", *allowed(["spy"]), env=env, code=5)
    seen = (folder / "seen").read_text()
    expect("NAMED=named-value" in seen, "what the file names was not passed on")
    above = (folder / "above").read_bytes().decode()
    expect("unnamed-value" not in seen + above, "what the file does not name was passed on")
    expect("named-value" not in done.stdout + done.stderr, "a value was shown")


def processes(mark):
    """Processes with a mark in their environment, and supervisors of ours."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                continue
            marked = mark.encode() in (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes().split(b"\0")
            ours = b"supervise" in command and Path(os.readlink(entry / "exe")) == BINARY.resolve()
        except OSError:
            continue
        if marked or ours:
            found.append((int(entry.name), b" ".join(command).decode(errors="replace")))
    return found


def killed(work, kills):
    if not Path("/proc/self/environ").exists():
        return 0
    folder = work / "kill"
    mark = f"mark-{uuid.uuid4()}"
    environment = {"WEIGHBRIDGE_MARK": mark}
    (folder / "box").mkdir(parents=True)
    (folder / "nasty.py").write_text(NASTY)
    configure(folder, {
        "everything": {"command": str(TOOLS / "bin" / "mcp-server-everything"), "args": ["stdio"], "env": environment},
        "time": {"command": str(TOOLS / "bin" / "mcp-server-time"), "env": environment},
        "nasty": {"command": sys.executable, "args": ["nasty.py"], "env": environment},
    })
    chance = random.Random(5)
    seen, alive = 0, 0
    known = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GITLAB_", "CI"))}
    for attempt in range(kills):
        run = subprocess.Popen([BINARY, "--quiet", "mcp", "list", *allowed(["everything", "time", "nasty"])], cwd=folder,
                               env=known, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Early moments are where processes are just being made.
        time.sleep(chance.uniform(0, 0.08) if attempt % 2 else chance.uniform(0, 1.2))
        alive += run.poll() is None
        seen += bool(processes(mark))
        run.send_signal((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[attempt % 3])
        run.wait(20)
        until = time.time() + 10
        while (left := processes(mark)) and time.time() < until:
            time.sleep(0.05)
        if left:
            for number, _ in left:
                os.kill(number, signal.SIGKILL)
            fail(f"killed {attempt + 1} times: these outlived it by 10 seconds: {left}")
    expect(alive == kills, f"only {alive} of {kills} runs were alive when they were killed")
    expect(seen > kills // 2, f"only {seen} of {kills} runs had started anything when they were killed")
    # And a run that ends by itself leaves nothing either.
    weighbridge(folder, "list", *allowed(["nasty"]), "--only", "nasty", "--timeout", "1", code=5)
    expect(not processes(mark), "a run that ended left something behind")
    return seen


def main():
    kills = int(sys.argv[sys.argv.index("--kills") + 1]) if "--kills" in sys.argv else 50
    missing = [command for command, _, _, _ in SERVERS.values() if not (TOOLS / "bin" / command).exists()]
    if missing:
        print(f"not installed: {', '.join(missing)}; run scripts/contract/install.sh")
        sys.exit(77)
    work = Path(tempfile.mkdtemp())
    try:
        folder = both_protocols(work)
        size = nothing_is_lost(folder)
        turned(folder)
        over_http(work)
        nothing_is_passed_on(work)
        seen = killed(work, kills)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    tools = sum(count for _, _, count, _ in SERVERS.values())
    print(f"6 servers in both protocols and over HTTP, {tools} tools ({size:,} bytes) recorded as they are, "
          f"killed {kills} times with nothing left ({seen} times while servers ran)")


main()
