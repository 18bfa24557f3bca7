#!/usr/bin/env python3
"""Runs cases with `weighbridge integration` and `dry-run` against model servers that others wrote, and looks at both ends.

    WEIGHBRIDGE_BIN=target/release/weighbridge scripts/contract/models.py [--kills N] [--only NAME]...

aimock (npm) speaks the formats of OpenAI, Anthropic and Gemini, injects faults and keeps a journal of what it was asked;
mockllm and fakellm (PyPI) are two more servers, of other authors. Every part starts the servers it needs on free ports and
stops them. `--only` runs the parts whose name contains NAME.

Exit codes: 0 as it should be, 1 not so, 77 the servers are not installed (scripts/contract/install.sh brings them).
"""

import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
TOOLS = Path(os.environ.get("WEIGHBRIDGE_TOOLS") or CACHE / "weighbridge-tools")
BINARY = Path(os.environ.get("WEIGHBRIDGE_BIN", "weighbridge")).absolute()
EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "order-desk"
SUITE = Path("evals/orders.eval.yaml")
REPLIES = Path(".weighbridge/replies")

# One model with a price for each format.
MODELS = {"openai": "gpt-5-mini", "anthropic": "claude-sonnet-5-5", "gemini": "gemini-3.8-flash"}
# What the example's fixtures say each case takes.
EXAMPLE_USAGE = {"where-is-my-order": (890, 55), "money-back": (1019, 101), "unknown-order": (872, 53)}


class Wrong(Exception):
    """Something is not as it should be."""


def expect(condition, message):
    if not condition:
        raise Wrong(message)


# What is wrong, but hides nothing else: it is told at the end of the part.
ALSO = []


def also(condition, message):
    if not condition and message not in ALSO:
        ALSO.append(message)


# --- the program -------------------------------------------------------------------------------------------


class Done:
    """What a run of the program said."""

    def __init__(self, arguments, process, out, err, seconds):
        self.arguments, self.code, self.out, self.err, self.seconds = arguments, process.returncode, out, err, seconds

    @property
    def said(self):
        try:
            said = f"{self.states()} {self.reasons()[:5]}"
        except (Wrong, KeyError, TypeError):
            said = self.out[-3000:]
        return f"`{' '.join(self.arguments)}` ended with {self.code}: {said}\n{self.err[-2000:]}"

    @property
    def report(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise Wrong(f"no JSON: {self.out[-1000:]}") from None

    @property
    def cases(self):
        return self.report["cases"]

    def runs(self):
        return [(case["id"].rsplit("#", 1)[1], run) for case in self.cases["cases"] for run in case["runs"]]

    def states(self):
        found = {}
        for case in self.cases["cases"]:
            found[case["state"]] = found.get(case["state"], 0) + 1
        return found

    def reasons(self):
        found = []
        for _, run in self.runs():
            reasons = run["state"].get("reasons", [])
            found += [reasons] if isinstance(reasons, str) else reasons
        return found


def environment(extra=None):
    """Nothing of what runs this script is visible: no key, no proxy, no CI."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **(extra or {})}


def start(folder, *arguments, env=None):
    return subprocess.Popen([BINARY, *arguments], cwd=folder, env=environment(env), text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process, arguments, code, since):
    try:
        out, err = process.communicate(timeout=600)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Wrong(f"`{' '.join(arguments)}` did not end in ten minutes") from None
    done = Done(arguments, process, out, err, time.monotonic() - since)
    expect(code is None or done.code == code, f"{code} was expected: {done.said}")
    return done


def weighbridge(folder, *arguments, env=None, code=0):
    since = time.monotonic()
    return finish(start(folder, *arguments, env=env), arguments, code, since)


def integration(folder, server, *arguments, code=0, env=None, mode="refresh"):
    return weighbridge(folder, "integration", "--mode", mode, "--no-cache", "--format", "json", *arguments,
                       env={**server.env, **(env or {})}, code=code)


def dry_run(folder, *arguments, code=0):
    done = weighbridge(folder, "dry-run", "--no-cache", "--format", "json", *arguments, code=code)
    also(done.cases["asked"] == 0, "a dry run of a case that is recorded in part says that models were asked")
    return done


def recorded(folder):
    # The folder of a suite's recordings is called like the suite.
    return sorted(path for path in (folder / REPLIES).rglob("*.yaml") if path.is_file())


def recordings(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in recorded(folder)}


# --- servers -----------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server that is stopped in the end, whatever happens."""

    def __init__(self, command, folder, env=None):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(word) for word in command], cwd=folder, env=environment(env), text=True,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        self.__exit__()
        self.log.seek(0)
        raise Wrong(f"the server did not start: {self.log.read()[-2000:]}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self):
        return {"OPENAI_BASE_URL": f"{self.base}/v1", "ANTHROPIC_BASE_URL": self.base, "GEMINI_BASE_URL": self.base}

    def call(self, path, method="GET", body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


class Aimock(Server):
    def __init__(self, fixtures, env=None):
        self.port = free_port()
        super().__init__([TOOLS / "bin" / "llmock", "-p", self.port, "-f", fixtures, "--strict", "--log-level", "silent",
                          "--journal-max", "0"], fixtures, env)

    def chaos(self, **rates):
        self.call("/__aimock/chaos", "POST", rates)

    def calm(self):
        self.call("/__aimock/chaos", "DELETE")

    def asked(self):
        """What it was asked since the last time, and how it answered."""
        entries = self.call("/__aimock/journal")
        self.call("/__aimock/reset/journal", "POST")
        return entries


class Mockllm(Server):
    def __init__(self, folder):
        self.port = free_port()
        super().__init__([TOOLS / "bin" / "mockllm", "start", "--responses", "responses.yml", "--port", self.port], folder)


class Fakellm(Server):
    def __init__(self, folder):
        self.port = free_port()
        super().__init__([TOOLS / "bin" / "fakellm", "serve", "--port", self.port], folder)

    def reset(self):
        self.call("/_fakellm/reset", "POST", {})


class Echo:
    """Repeats the key it is sent, wherever an answer has a place for it: what a hostile or a careless server does."""

    def __init__(self, status=200):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or "{}")
                key = self.headers.get("x-api-key") or "none"
                if status == 200:
                    content = [{"type": "text", "text": f"You sent {key}."}]
                    stop = "end_turn"
                    if len(body.get("messages", [])) == 1:
                        content.append({"type": "tool_use", "id": "1", "name": "look", "input": {"key": key, key: 1}})
                        stop = "tool_use"
                    answer = {"content": content, "stop_reason": stop, "model": f"model-{key}",
                              "usage": {"input_tokens": 5, "output_tokens": 5}}
                else:
                    answer = {"error": {"message": f"{key} is not known, {key}"}}
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("x-seen", key)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.env = {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{self.server.server_address[1]}"}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


# --- suites ------------------------------------------------------------------------------------------------


def example(work, name):
    folder = work / name
    shutil.copytree(EXAMPLE, folder)
    return folder


def replace(path, old, new):
    text = path.read_text()
    expect(text.count(old) == 1, f"{path.name} has {old!r} {text.count(old)} times, not once")
    path.write_text(text.replace(old, new))


def with_model(folder, model):
    replace(folder / SUITE, f"model: {MODELS['anthropic']}", f"model: {model}")


def fixture(word, response, **match):
    return {"match": {"userMessage": word, **match}, "response": response}


def write_fixtures(folder, fixtures):
    (folder / "mock").mkdir(parents=True, exist_ok=True)
    (folder / "mock" / "answers.json").write_text(json.dumps({"fixtures": fixtures}, indent=1))
    return folder / "mock"


def many(work, name, count, model=MODELS["openai"], usage=(400, 20), repeat=1):
    """Cases of one call each; every answer takes the same. The bare model is asked."""
    folder = work / name
    usage = {"input_tokens": usage[0], "output_tokens": usage[1]}
    write_fixtures(folder, [fixture("Say", {"content": "Said.", "usage": usage})])
    cases = [{"id": f"case-{number:03}", "prompt": f"Say {number}.", "assert": [{"equals": "Said."}]} for number in range(count)]
    suite = {"version": 1, "settings": {"system": "You say things.", "model": model, "max_tokens": 64, "repeat": repeat},
             "cases": cases}
    # JSON is YAML.
    (folder / "many.eval.yaml").write_text(json.dumps(suite, indent=1))
    return folder


# --- parts -------------------------------------------------------------------------------------------------


def the_example(work):
    """Recorded anew, the example is what is committed; replayed it needs nothing and no second."""
    folder = example(work, "example")
    committed = recordings(folder)
    with Aimock(folder / "mock") as server:
        done = integration(folder, server)
        asked = server.asked()
    expect(done.states() == {"passed": 3} and done.cases["asked"] == 10, done.said)
    expect(len(asked) == 10, f"the server was asked {len(asked)} times, not 10")
    fresh = recordings(folder)
    moving = re.compile(r"^(\s*)(recorded_at|latency_ms): .*$", re.MULTILINE)
    for name in committed.keys() | fresh.keys():
        same = moving.sub(r"\1\2", committed.get(name, "")) == moving.sub(r"\1\2", fresh.get(name, ""))
        expect(same, f"{name} is recorded otherwise than it is committed")
    expect(committed != fresh, "nothing was recorded")
    quickest = min((dry_run(folder) for _ in range(3)), key=lambda done: done.seconds)
    expect(quickest.states() == {"passed": 3} and quickest.cases["asked"] == 0, quickest.said)
    expect(quickest.cases["replayed"] == 10, quickest.said)
    expect(quickest.seconds < 1, f"the dry run took {quickest.seconds:.2f} s")
    return f"example recorded as committed, replayed in {quickest.seconds:.2f} s"


def three_formats(work):
    """Tool calls, skills and usage in each format, recorded and replayed."""
    folders = {}
    for api, model in MODELS.items():
        folder = folders[api] = example(work, f"format-{api}")
        shutil.rmtree(folder / REPLIES)
        if api != "anthropic":
            with_model(folder, model)
    with Aimock(folders["openai"] / "mock") as server:
        for api, folder in folders.items():
            done = integration(folder, server)
            paths = {entry["path"].replace(MODELS["gemini"], "MODEL") for entry in server.asked()}
            wanted = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages", "gemini": "/v1beta/models/MODEL:generateContent"}
            expect(paths == {wanted[api]}, f"{api}: {paths}")
            replayed = dry_run(folder)
            for done in (done, replayed):
                expect(done.states() == {"passed": 3}, f"{api}: {done.said}")
                for name, run in done.runs():
                    said = run["transcript"]
                    expect((said["usage"]["input"], said["usage"]["output"]) == EXAMPLE_USAGE[name], f"{api}, {name}: {said['usage']}")
                    expect("lookup_order" in said["tools"] and said["undeclared"] == [], f"{api}, {name}: {said['tools']}")
                    expect(said["skills"] == (["refunds"] if name == "money-back" else []), f"{api}, {name}: {said['skills']}")
                    expect(float(said["cost"]) > 0, f"{api}, {name}: a cost of {said['cost']}")
            expect(done.cases["cost"] == replayed.cases["cost"], f"{api}: a replay costs {replayed.cases['cost']}")
    return "three formats with tools, skills, usage and cost"


def other_servers(work):
    """Servers of other authors: plain answers from mockllm, tools and refusals from fakellm."""
    calls = 0
    folder = work / "mockllm"
    folder.mkdir()
    (folder / "responses.yml").write_text(json.dumps({
        "responses": {"What is two and two?": "Four.", "As JSON, please.": "{\"sum\": 4}", "Und auf Deutsch?": "Vier, schön."},
        "defaults": {"unknown_response": "I do not know."}}))
    cases = [
        {"id": "sum", "prompt": "What is two and two?", "assert": [{"equals": "Four."}, {"turns": {"at_most": 1}}]},
        {"id": "json", "prompt": "As JSON, please.", "assert": [{"json-schema": {"type": "object", "required": ["sum"]}}]},
        {"id": "umlaut", "prompt": "Und auf Deutsch?", "assert": [{"icontains": "SCHÖN"}]},
        {"id": "wrong", "prompt": "What is three and three?", "assert": [{"equals": "Six."}]},
    ]
    with Mockllm(folder) as server:
        for api in ("openai", "anthropic"):
            # mockllm takes an assistant's message as one text only, which is not what Anthropic documents: one turn each.
            suite = {"settings": {"system": "You add.", "model": MODELS[api], "max_tokens": 50}, "cases": cases}
            (folder / "sums.eval.yaml").write_text(json.dumps(suite))
            done = integration(folder, server, code=1)
            expect(done.states() == {"passed": 3, "failed": 1}, f"mockllm, {api}: {done.said}")
            expect(all(run["transcript"]["usage"]["input"] > 0 for _, run in done.runs()), f"mockllm, {api}: no usage: {done.said}")
            replayed = dry_run(folder, code=1)
            expect(replayed.states() == done.states(), f"mockllm, {api}, replayed: {replayed.said}")
            calls += done.cases["asked"]

    folder = work / "fakellm"
    folder.mkdir()
    (folder / "fakellm.yaml").write_text(json.dumps({"version": 1, "defaults": {"fallback": "deterministic_echo"}, "rules": [
        {"name": "refuse", "when": {"messages_contain": "forbidden"}, "respond": {"status": 403, "error": "not for you"}},
        {"name": "told", "when": {"tool_result_contains": "rain"}, "respond": {"content": "Take an umbrella."}},
        {"name": "ask", "when": {"tools_include": "weather", "messages_contain": "umbrella"},
         "respond": {"tool_calls": [{"name": "weather", "arguments": {"town": "Bonn"}}]}},
        {"name": "hello", "when": {"messages_contain": "hello"}, "respond": {"content": "Good day."}}]}))
    weather = {"description": "Tells the weather.", "input_schema": {"type": "object", "properties": {"town": {"type": "string"}}},
               "replies": [{"when": {"town": "Bonn"}, "result": "rain"}, {"error": "no such town"}]}
    cases = [
        {"id": "tool", "prompt": "Do I need an umbrella?", "tools": {"weather": weather},
         "assert": [{"tools": {"exact": ["weather"]}}, {"contains": "umbrella"}, {"turns": {"at_most": 2}}]},
        {"id": "plain", "prompt": "Say hello.", "assert": [{"equals": "Good day."}]},
        {"id": "no-tool", "prompt": "Say hello once more.", "assert": [{"tools": {"exact": ["weather"]}}]},
        {"id": "refused", "prompt": "This is forbidden.", "assert": [{"not-contains": "x"}]},
    ]
    with Fakellm(folder) as server:
        for api in ("openai", "anthropic"):
            server.reset()
            suite = {"settings": {"system": "You advise.", "model": MODELS[api], "max_tokens": 50}, "cases": cases}
            (folder / "advice.eval.yaml").write_text(json.dumps(suite))
            done = integration(folder, server, code=5)
            expect(done.states() == {"passed": 2, "failed": 1, "error": 1}, f"fakellm, {api}: {done.said}")
            expect(any("HTTP 403 after 1 tries" in reason and "not for you" in reason for reason in done.reasons()),
                   f"fakellm, {api}: {done.reasons()}")
            expect(not any("refused" in name for name in recordings(folder)), f"fakellm, {api}: an error was recorded")
            replayed = dry_run(folder, code=5)
            expect(replayed.states() == {"passed": 2, "failed": 1, "not-recorded": 1}, f"fakellm, {api}, replayed: {replayed.said}")
            calls += done.cases["asked"]
    return f"mockllm and fakellm in two formats ({calls} calls)"


def faults(work):
    """What goes wrong is retried where that is safe, else an error that says what; it is never recorded nor passed."""
    quiet = many(work, "nobody", 3)
    nobody_since = time.monotonic()
    nobody_arguments = ("integration", "--mode", "refresh", "--no-cache", "--format", "json", "-j", "3")
    # Nothing listens there; its retries take half a minute, during which the rest runs.
    nobody = start(quiet, *nobody_arguments, env={"OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"})
    notes = []
    try:
        folder = many(work, "faults", 8)
        with Aimock(folder / "mock") as server:
            for name, status, rates in (("dropped", 500, {"dropRate": 0.3}), ("limited", 429, {"rateLimitRate": 0.3})):
                retried = 0
                for _ in range(6):
                    server.chaos(**rates)
                    done = integration(folder, server, "-j", "8", code=None)
                    server.calm()
                    asked = server.asked()
                    refused = sum(entry["response"]["status"] == status for entry in asked)
                    retries = sum(run["transcript"]["retries"] for _, run in done.runs())
                    failed = [reason for reason in done.reasons() if f"HTTP {status} after 5 tries" in reason]
                    # One in 400 calls is refused five times: that has to be an error, and is no reason to stop here.
                    expect(done.states().get("passed", 0) == 8 - len(failed), f"{name}: {done.said}")
                    expect(done.code == (5 if failed else 0), f"{name}: {done.said}")
                    expect(len(asked) == 8 + refused - len(failed), f"{name}: asked {len(asked)} times, {refused} refused")
                    expect(retries == refused - 5 * len(failed), f"{name}: {refused} refused, {retries} retries are told of")
                    retried += retries
                    if retried and not failed:
                        break
                expect(retried, f"{name}: nothing was ever refused")
                notes.append(f"{name} {retried}")
            shown = work / "shown"
            refused = False
            # One run in 256 is refused nothing.
            for _ in range(6):
                server.chaos(rateLimitRate=0.5)
                done = weighbridge(folder, "integration", "--mode", "off", "--no-cache", "-vv", "--report-dir", str(shown),
                                   env=server.env, code=None)
                server.calm()
                refused = any(entry["response"]["status"] == 429 for entry in server.asked())
                if refused:
                    break
            expect(refused, "nothing was ever refused")
            expect("asking again" in done.err, f"retries are not told of with -vv: {done.said}")

            for name, rates, words, tries in (
                ("malformed", {"malformedRate": 1.0}, "the answer is no JSON", 1),
                ("disconnected", {"disconnectRate": 1.0}, "no answer from 127.0.0.1", 1),
            ):
                shutil.rmtree(folder / REPLIES, ignore_errors=True)
                for mode in ("refresh", "record", "off"):
                    server.chaos(**rates)
                    done = integration(folder, server, mode=mode, code=5)
                    server.calm()
                    expect(done.states() == {"error": 8} and done.report["verdict"] == "error", f"{name}: {done.said}")
                    expect(len(done.reasons()) == 8 and all(words in reason for reason in done.reasons()), f"{name}: {done.reasons()}")
                    expect(len(server.asked()) == 8 * tries, f"{name}: what may be billed was asked for again")
                    expect(recordings(folder) == {}, f"{name}: recorded in mode {mode}")
            # An error takes nothing away that was recorded before.
            integration(folder, server)
            before = recordings(folder)
            server.chaos(malformedRate=1.0)
            integration(folder, server, code=5)
            server.calm()
            expect(recordings(folder) == before, "a failed run changed recordings")
            dry_run(folder)

            slow = many(work, "slow", 2)
            suite = json.loads((slow / "many.eval.yaml").read_text())
            suite["cases"][0]["assert"] = [{"latency-ms": {"at_most": 150}}]
            suite["cases"][1]["assert"] = [{"latency-ms": {"at_most": 60000}}, {"equals": "Said."}]
            (slow / "many.eval.yaml").write_text(json.dumps(suite))
            server.chaos(latencyMs=300)
            done = integration(slow, server, code=1)
            server.calm()
            expect(done.states() == {"failed": 1, "passed": 1}, f"latency: {done.said}")
            expect(all(run["transcript"]["latency_ms"] >= 300 for _, run in done.runs()), f"latency: {done.said}")
            done = dry_run(slow)
            expect(done.states() == {"not-judged": 1, "passed": 1}, f"latency of a replay: {done.said}")

        # What is too large to be read again is not kept, and says so.
        large = many(work, "large", 2)
        write_fixtures(large, [fixture("Say", {"content": "Said.\n" * 3_000_000, "usage": {"input_tokens": 40, "output_tokens": 20}})])
        suite = json.loads((large / "many.eval.yaml").read_text())
        suite["cases"] = [{**case, "assert": [{"contains": "Said."}]} for case in suite["cases"]]
        (large / "many.eval.yaml").write_text(json.dumps(suite))
        with Aimock(large / "mock") as server:
            done = integration(large, server, code=None)
        listed = json.loads(weighbridge(large, "cache", "list", "--json").out or "[]")
        unread = [line["unused"] for line in listed if "cannot be read" in line["unused"]]
        also(not unread, f"an answer of 18 MB was recorded so that it cannot be read: {unread}")

        with Aimock(folder / "mock", env={"AIMOCK_API_KEYS": "the-right-key"}) as server:
            shutil.rmtree(folder / REPLIES)
            for keys in ({}, {"OPENAI_API_KEY": "the-wrong-key"}):
                done = integration(folder, server, env=keys, code=5)
                expect(all("HTTP 401 after 1 tries" in reason for reason in done.reasons()), f"refused: {done.reasons()}")
                expect(done.states() == {"error": 8} and recordings(folder) == {}, f"refused: {done.said}")
            done = integration(folder, server, env={"OPENAI_API_KEY": "the-right-key"})
            expect(done.states() == {"passed": 8}, f"let in: {done.said}")
    finally:
        if sys.exc_info()[0]:
            nobody.kill()
    done = finish(nobody, nobody_arguments, 5, nobody_since)
    expect(done.states() == {"error": 3}, f"nobody there: {done.said}")
    expect(all("cannot connect to 127.0.0.1" in reason and re.search(r"after [2-9] tries", reason) for reason in done.reasons()), f"nobody there: {done.reasons()}")
    expect(recordings(quiet) == {}, "nobody there: recorded")
    return f"retries told of as they were ({', '.join(notes)}), seven faults that are errors"


def limits(work):
    """Sixteen at a time spend no more than they may, by the books of the other side."""
    count, each = 60, 420
    folder = many(work, "limits", count)
    with Aimock(folder / "mock") as server:
        server.chaos(latencyMs=20)

        def limited(*arguments, mode="off", code=5):
            done = integration(folder, server, "-j", "16", *arguments, mode=mode, code=code)
            states = done.states()
            expect(set(states) <= {"passed", "not-run"}, f"{arguments}: {done.said}")
            expect(sum(states.values()) == count, f"{arguments}: {states}")
            expect(code == 0 or states.get("not-run", 0) > 0, f"{arguments}: {states}")
            expect(all("limit" in reason for reason in done.reasons()), f"{arguments}: {done.reasons()[:3]}")
            return done, states.get("passed", 0), len(server.asked())

        done, passed, asked = limited(code=0)
        expect((passed, asked) == (count, count), f"without a limit: {passed} passed, {asked} asked")
        price = float(done.cases["cost"]) / count
        reached = []
        for tokens in (0, 2_000, 5_000, 12_000, 20_000):
            done, passed, asked = limited("--limit-tokens", str(tokens))
            expect(passed == asked and asked * each <= tokens, f"{tokens} tokens: {asked} asked, {passed} passed")
            expect(done.cases["tokens"] == asked * each, f"{tokens} tokens: {done.cases['tokens']} are reported for {asked} calls")
            reached.append(f"{asked * each:,} of {tokens:,}")
        # The most a call can take is held while it is on its way; what is left in the end is less than that.
        expect(asked * each > 20_000 - 3_000, f"20000 tokens: only {asked} asked")
        for calls in (0.5, 10.5, 30.5):
            limit = f"{price * calls:.8f}"
            done, passed, asked = limited("--limit-usd", limit)
            expect(passed == asked <= calls, f"${limit}: {asked} asked, {passed} passed")
            expect(float(done.cases["cost"]) <= float(limit), f"${limit}: {done.cases['cost']}")

        # What an answer that cannot be read has cost nobody knows: it counts as the most it could.
        server.chaos(malformedRate=1.0)
        done = integration(folder, server, "-j", "16", "--limit-tokens", "12000", mode="off", code=5)
        server.chaos(latencyMs=20)
        asked, states = len(server.asked()), done.states()
        expect(0 < asked * 2_048 <= 12_000, f"unreadable answers: {asked} asked")
        expect(states == {"error": asked, "not-run": count - asked}, f"unreadable answers: {asked} asked, {states}")

        # A limit in dollars cannot be kept for a model without a price: nothing is asked.
        unknown = many(work, "unknown-price", 5, model="a-model-nobody-sells")
        suite = (unknown / "many.eval.yaml").read_text().replace('"model"', '"provider": "openai", "model"')
        (unknown / "many.eval.yaml").write_text(suite)
        done = integration(unknown, server, "--limit-usd", "100", mode="off", code=5)
        expect(done.states() == {"not-run": 5} and server.asked() == [], f"without a price: {done.said}")

        # Recordings cost what they once cost.
        server.calm()
        integration(folder, server, "-j", "16", mode="record")
        server.asked()
        for mode in ("record", "replay"):
            done, passed, asked = limited("--limit-tokens", "5000", mode=mode)
            expect(asked == 0 and passed == 5_000 // each, f"from recordings, {mode}: {passed} passed, {asked} asked")
            expect(done.cases["tokens"] == passed * each, f"from recordings, {mode}: {done.cases['tokens']} tokens")
        done, passed, asked = limited("--limit-tokens", str(count * each), mode="record", code=0)
        expect(passed == count and asked == 0, f"from recordings: {passed} passed")

    # Figures that cannot be end it, whatever is on its way.
    folder = many(work, "liar", count, usage=(50_000_000, 1_000))
    with Aimock(folder / "mock") as server:
        done = integration(folder, server, "-j", "16", "--limit-tokens", "1000000", mode="off", code=5)
        asked = len(server.asked())
        expect(asked <= 16 and done.states()["not-run"] >= count - 16, f"figures that cannot be: {asked} asked, {done.states()}")
        expect(any("cannot be relied on" in reason for reason in done.reasons()), f"figures that cannot be: {done.reasons()[:3]}")
    return f"limits kept with 16 at a time ({'; '.join(reached[2:])} tokens)"


def keys(work):
    """A key is in no file, no output and no command line, even when the server repeats it."""
    mark = uuid.uuid4().hex
    known, plain = f"sk-ant-api03-{mark}{mark}-{mark[:8]}AA", f"Zq{mark}"
    found = []

    def search(where, text, key):
        # A part that is long enough is as good as the whole.
        if any(part in text for part in (key, key[4:-4], mark)):
            found.append(where)

    folder = work / "keys"
    folder.mkdir()
    looks = {"look": {"description": "Looks.", "input_schema": {"type": "object"}, "replies": [{"result": "seen"}]}}
    # Any answer will do; it is what is kept of it that counts.
    suite = {"settings": {"system": "Repeat.", "model": MODELS["anthropic"], "max_tokens": 50}, "tools": looks,
             "cases": [{"id": f"case-{number}", "prompt": f"Say {number}.", "assert": [{"contains": "nowhere"}]} for number in range(3)]}
    (folder / "keys.eval.yaml").write_text(json.dumps(suite))
    lines = []
    for name, key in (("known", known), ("plain", plain)):
        everywhere = {variable: key for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "WEIGHBRIDGE_PROVIDER_KEY")}
        servers = [("aimock", Aimock(write_fixtures(folder, [fixture("Say", {"content": "Said."})]))),
                   ("repeats it", Echo()), ("refuses it", Echo(401)), ("refuses it late", Echo(400))]
        for what, server in servers:
            shutil.rmtree(folder / REPLIES, ignore_errors=True)
            reports = work / f"reports-{name}-{what.replace(' ', '-')}"
            with server:
                if what == "aimock":
                    server.chaos(latencyMs=300)
                process = start(folder, "integration", "--mode", "refresh", "--no-cache", "-vvv", "--report-dir", str(reports),
                                env={**server.env, **everywhere})
                sampled = []
                watcher = threading.Thread(target=lambda: sampled.extend(watch(process)))
                watcher.start()
                done = finish(process, ("integration", "-vvv"), None, time.monotonic())
                watcher.join()
            expect(done.code in (1, 5), f"{what}: {done.said}")
            lines += sampled
            for line in sampled:
                search(f"command line, {name} key, {what}", line, key)
            search(f"standard output, {name} key, {what}", done.out, key)
            search(f"standard error, {name} key, {what}", done.err, key)
            written = [path for place in (reports, folder / ".weighbridge") for path in place.rglob("*") if path.is_file()]
            expect(len(written) >= 8, f"{what}: only {len(written)} files were written")
            for path in written:
                search(f"{path.name}, {name} key, {what}", path.read_text(errors="replace"), key)
            if what == "repeats it":
                expect(recordings(folder), "nothing was recorded of a server that repeats the key")
    expect(not Path("/proc/self/cmdline").exists() or lines, "no command line was seen")
    expect(not found, "a key was found in: " + "; ".join(found))
    return "keys nowhere"


def watch(process):
    """The command lines of a process and its children while it runs."""
    seen = set()
    while process.poll() is None:
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if int(entry.name) == process.pid or parent == process.pid:
                    seen.add((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except (OSError, ValueError):
                continue
        time.sleep(0.05)
    return sorted(seen)


def marked(mark):
    """Processes with a mark in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z" and mark.encode() in (entry / "environ").read_bytes():
                found.append((int(entry.name), (entry / "cmdline").read_bytes().decode(errors="replace")))
        except OSError:
            continue
    return found


def killed(work, kills):
    """Killed at any moment, it leaves recordings that can be read, and no process."""
    count = 40
    folder = work / "kills"
    fixtures = [
        fixture("Look", {"toolCalls": [{"name": "look", "arguments": "{}"}], "usage": {"input_tokens": 40, "output_tokens": 5}}, turnIndex=0),
        fixture("Look", {"content": "Seen. " * 200, "usage": {"input_tokens": 60, "output_tokens": 5}}, turnIndex=1),
    ]
    write_fixtures(folder, fixtures)
    looks = {"look": {"description": "Looks.", "input_schema": {"type": "object"}, "replies": [{"result": "seen"}]}}
    suite = {"settings": {"system": "You look.", "model": MODELS["openai"], "max_tokens": 500}, "tools": looks,
             "cases": [{"id": f"case-{number:02}", "prompt": f"Look {number}.", "assert": [{"starts-with": "Seen."}, {"tools": {"exact": ["look"]}}]}
                       for number in range(count)]}
    (folder / "kills.eval.yaml").write_text(json.dumps(suite))
    def calls(text):
        return text.count("\n- key: ")

    chance = random.Random(7)
    mark = f"mark-{uuid.uuid4()}"
    alive, in_the_middle, left_over, partial = 0, 0, 0, 0
    with Aimock(folder / "mock") as server:
        server.chaos(latencyMs=60)
        full = integration(folder, server, "-j", "8")
        expect(full.states() == {"passed": count}, full.said)
        for attempt in range(kills):
            mode = ("refresh", "record")[attempt % 2]
            if mode == "record":
                gone = chance.sample(recorded(folder), len(recorded(folder)) // 2) if attempt % 4 == 1 else []
                if gone:
                    for path in gone:
                        path.unlink()
                else:
                    # A run that was killed early has made none.
                    shutil.rmtree(folder / REPLIES, ignore_errors=True)
            before = recordings(folder)
            process = subprocess.Popen([BINARY, "integration", "--mode", mode, "--no-cache", "-j", "8"], cwd=folder,
                                       env=environment({**server.env, "WEIGHBRIDGE_MARK": mark}), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            # A run with half of the recordings is shorter.
            time.sleep(chance.uniform(0.0, full.seconds * (0.5 if before and mode == "record" else 0.9)))
            alive += process.poll() is None
            process.send_signal((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[attempt % 3])
            out, _ = process.communicate(timeout=30)
            after = recordings(folder)
            if process.returncode != 0:
                in_the_middle += before != after
                expect("passed" not in out or "error" in out, f"killed {attempt + 1} times: a run that was stopped says it passed: {out}")
            left = marked(mark)
            for number, _ in left:
                os.kill(number, signal.SIGKILL)
            expect(not left, f"killed {attempt + 1} times: these are left: {left}")
            listed = json.loads(weighbridge(folder, "cache", "list", "--json").out or "[]")
            broken = [line for line in listed if "cannot be read" in line["unused"]]
            expect(not broken, f"killed {attempt + 1} times, mode {mode}: {broken}")
            expect({line["path"] for line in listed if not line["path"].endswith(".tmp")}
                   == {str(Path(name).relative_to(REPLIES)) for name in after}, f"killed {attempt + 1} times: not all are listed")
            left_over += sum(line["unused"].startswith("left over") for line in listed)
            # What was recorded before is replaced as a whole or not at all; what was paid for is kept, and not taken for the whole.
            for name, text in before.items():
                expect(calls(after.get(name, "")) >= calls(text), f"killed {attempt + 1} times, mode {mode}: {name} has become less")
            whole = sum(calls(text) == 2 for text in after.values())
            partial += sum(calls(text) == 1 for text in after.values())
            done = dry_run(folder, code=0 if whole == count else 5)
            wanted = {state: number for state, number in (("passed", whole), ("not-recorded", count - whole)) if number}
            expect(done.states() == wanted, f"killed {attempt + 1} times, mode {mode}: not {wanted}: {done.said}")
        done = integration(folder, server, mode="record")
        expect(done.states() == {"passed": count}, f"after {kills} kills: {done.said}")
    replayed = dry_run(folder)
    expect(replayed.states() == {"passed": count} and replayed.cases["replayed"] == 2 * count, f"after {kills} kills: {replayed.said}")
    weighbridge(folder, "cache", "prune")
    listed = json.loads(weighbridge(folder, "cache", "list", "--json").out)
    expect(len(listed) == count and all(line["unused"] == "" for line in listed), f"after pruning: {listed}")
    dry_run(folder)
    expect(alive >= kills * 0.8, f"only {alive} of {kills} runs were alive when they were killed")
    expect(in_the_middle >= kills * 0.3, f"only {in_the_middle} of {kills} runs were killed after they had recorded something")
    return f"killed {kills} times, {in_the_middle} times while recording, {partial} half-made and {left_over} left-over files seen, nothing broken"


def changes(work):
    """A change that reaches the model is a miss that names it; another one is not."""
    skill = ".claude/skills/refunds/SKILL.md"
    suite = str(SUITE)
    reaching = [
        ("AGENTS.md", "two sentences", "three sentences", "AGENTS.md", 3),
        (skill, "whenever a customer wants", "if a customer wants", f"{skill} (listing entry)", 3),
        # The body is read by one case only.
        (skill, "in full, to the card", "in full, not to the card", "in full, not to the card", 1),
        (suite, "number: {type: string}", "number: {type: integer}", "lookup_order", 3),
        (suite, "Finds an order by its number.", "Finds one order by its number.", "lookup_order", 3),
        (suite, f"model: {MODELS['anthropic']}", "model: claude-opus-4-5", "model", 3),
        (suite, "temperature: 0\n", "temperature: 0.1\n", "temperature", 3),
        (suite, "max_tokens: 512", "max_tokens: 513", "max_tokens", 3),
        (suite, "status: shipped", "status: lost", "lookup_order", 1),
        (suite, "Where is my order A-1?", "Where is my order, A-1?", "Where is my order", 1),
    ]
    for number, (path, old, new, word, missed) in enumerate(reaching):
        folder = example(work, f"change-{number}")
        replace(folder / path, old, new)
        done = dry_run(folder, code=5)
        states = done.states()
        expect(states.get("not-recorded") == missed and sum(states.values()) == 3, f"{path}: {new!r}: {states}: {done.said}")
        named = [reason for reason in done.reasons() if word in reason]
        expect(len(named) >= missed, f"{path}: {new!r}: no reason names {word!r}: {done.reasons()}")
        shown = weighbridge(folder, "dry-run", "--no-cache", code=5)
        expect(word in " ".join(shown.out.split()), f"{path}: {new!r}: the report does not name {word!r}: {shown.out}")
    folder = example(work, "no-change")
    replace(folder / "README.md", "an order desk", "a desk for orders")
    (folder / "docs").mkdir()
    (folder / "docs" / "notes.md").write_text("Nobody loads this.\n")
    (folder / ".claude" / "skills" / "refunds" / "more.md").write_text("Nobody reads this.\n")
    (folder / "src.py").write_text("print(1)\n")
    replace(folder / suite, "at_least: 0.5", "at_least: 0.4")
    done = dry_run(folder)
    expect(done.states() == {"passed": 3}, f"files nobody loads: {done.said}")
    return f"{len(reaching)} changes named, five others let through"


# --- all of it ---------------------------------------------------------------------------------------------


def main():
    words = sys.argv[1:]
    kills = int(words[words.index("--kills") + 1]) if "--kills" in words else 50
    only = [word for before, word in zip(words, words[1:]) if before == "--only"]
    missing = [command for command in ("llmock", "mockllm", "fakellm") if not (TOOLS / "bin" / command).exists()]
    if missing:
        print(f"not installed: {', '.join(missing)}; run scripts/contract/install.sh")
        sys.exit(77)
    parts = [the_example, three_formats, other_servers, faults, limits, keys, lambda work: killed(work, kills), changes]
    names = ["example", "formats", "servers", "faults", "limits", "keys", "kills", "changes"]
    wrong, held = [], []
    for name, part in zip(names, parts):
        if only and not any(word in name for word in only):
            continue
        work = Path(tempfile.mkdtemp())
        since = time.monotonic()
        ALSO.clear()
        try:
            remark = part(work)
            held.append(remark)
            print(f"{name}: {remark} ({time.monotonic() - since:.0f} s)", flush=True)
        except Wrong as error:
            ALSO.append(str(error))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        for what in ALSO:
            wrong.append(name)
            print(f"{name}: NOT SO: {what}", flush=True)
    if wrong:
        print(f"not as it should be: {', '.join(dict.fromkeys(wrong))}")
        sys.exit(1)
    print("; ".join(held))


main()
