#!/usr/bin/env python3
"""Drives `weighbridge lsp` with the client of pygls, which reads every answer into the types of the protocol.

    WEIGHBRIDGE_BIN=target/release/weighbridge scripts/contract/lsp.py [--times]

What is published is held against `weighbridge validate --format json` of the same files, finding by finding. Then: typing
settles and makes findings, fixes and ignores do what their titles say when a client applies them, hints and hovers are
there, what is no message ends nothing, a document of 10 MB is answered, and the program ends as the protocol has it.
`--times` prints how long a keystroke takes, in a small workspace and in one of 4,000 files.

Exit codes: 0 as it should be, 1 not so, 77 the client is not installed (scripts/contract/install.sh brings it).
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
TOOLS = Path(os.environ.get("WEIGHBRIDGE_TOOLS") or CACHE / "weighbridge-tools")
BINARY = Path(os.environ.get("WEIGHBRIDGE_BIN", "weighbridge")).absolute()
PYTHON = TOOLS / "server-py" / "pygls" / "bin" / "python"

try:
    from lsprotocol import types as lsp
    from pygls.lsp.client import LanguageClient
except ImportError:
    if not PYTHON.exists() or os.environ.get("WEIGHBRIDGE_LSP_SECOND"):
        print("pygls is not installed: run scripts/contract/install.sh")
        sys.exit(77)
    os.execve(PYTHON, [str(PYTHON), *sys.argv], {**os.environ, "WEIGHBRIDGE_LSP_SECOND": "1"})

SKILL = "---\nname: Greet_User\ndescription: Use when somebody says hello, to greet them by name.\n---\n\nSay hello.\n"
FILES = {
    "CLAUDE.md": "# Rules \U0001f600\n\nSee @docs/gone.md for the rest.\n",
    "AGENTS.md": "# Agents\n\nRun `cargo test` before you commit.\n",
    ".claude/skills/greet/SKILL.md": SKILL,
    ".mcp.json": '{"mcpServers": {"time": {"command": "npx", "args": ["-y", "mcp-server-time"]}}}\n',
    "weighbridge.yaml": "version: 1\nrules:\n  levels:\n    AGM-001: warning\n",
}
SEVERITY = {"error": 1, "warning": 2, "info": 3}
# An answer that takes longer never comes.
PATIENCE = 60


class Wrong(Exception):
    """Something is not as it should be."""


def expect(condition, message):
    if not condition:
        raise Wrong(message)


def environment(work):
    known = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GITLAB_", "CI", "WEIGHBRIDGE_"))}
    return {**known, "XDG_CACHE_HOME": str(work / "cache")}


def workspace(work, name, files):
    root = work / name
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


class Editor(LanguageClient):
    """A client that keeps what it was told, and can wait for it."""

    def __init__(self):
        super().__init__("contract", "1")
        self.told = {}
        self.news = asyncio.Event()
        self.registered = []
        self.wrong = []

        @self.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams):
            self.told[params.uri] = params
            self.news.set()

        @self.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def register(params: lsp.RegistrationParams):
            self.registered += params.registrations

        @self.feature(lsp.WORKSPACE_INLAY_HINT_REFRESH)
        def refresh(*_):
            return None

        @self.feature(lsp.WINDOW_LOG_MESSAGE)
        def log(_: lsp.LogMessageParams):
            pass

    def report_server_error(self, error, source):
        self.wrong.append(f"{source.__name__}: {error}")

    async def until(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            self.news.clear()
            left = end - time.monotonic()
            expect(left > 0, f"never seen: {what}; the last was {[(uri, codes(p)) for uri, p in self.told.items()]}")
            try:
                await asyncio.wait_for(self.news.wait(), min(left, 1))
            except asyncio.TimeoutError:
                pass

    def shown(self, uri):
        return self.told[uri].version if uri in self.told else None

    async def edit(self, document, changes):
        document["version"] += 1
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=document["uri"], version=document["version"]),
            content_changes=changes))

    async def rewrite(self, document, text):
        document["text"] = text
        await self.edit(document, [lsp.TextDocumentContentChangeWholeDocument(text=text)])

    def open(self, root, path, text=None):
        text = (root / path).read_text() if text is None else text
        document = {"uri": (root / path).as_uri(), "version": 1, "text": text}
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=lsp.TextDocumentItem(
            uri=document["uri"], language_id="markdown", version=1, text=text)))
        return document


def codes(params):
    return sorted(f"{one.code}@{one.range.start.line + 1}" for one in params.diagnostics)


def everything():
    return lsp.Range(start=lsp.Position(line=0, character=0), end=lsp.Position(line=9999, character=0))


def capabilities(encodings=None):
    return lsp.ClientCapabilities(
        general=lsp.GeneralClientCapabilities(position_encodings=encodings),
        text_document=lsp.TextDocumentClientCapabilities(publish_diagnostics=lsp.PublishDiagnosticsClientCapabilities(
            related_information=True, code_description_support=True, version_support=True)),
        workspace=lsp.WorkspaceClientCapabilities(
            workspace_edit=lsp.WorkspaceEditClientCapabilities(document_changes=True),
            did_change_watched_files=lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
            inlay_hint=lsp.InlayHintWorkspaceClientCapabilities(refresh_support=True)))


async def begin(root, encodings=None):
    client = Editor()
    await client.start_io(str(BINARY), "--quiet", "lsp", "--stdio", cwd=root, env=environment(root.parent))
    answer = await client.initialize_async(lsp.InitializeParams(
        process_id=os.getpid(), root_uri=root.as_uri(), capabilities=capabilities(encodings),
        workspace_folders=[lsp.WorkspaceFolder(uri=root.as_uri(), name="work")]))
    expect(answer.server_info.name == "weighbridge", f"it says it is {answer.server_info}")
    client.initialized(lsp.InitializedParams())
    return client, answer


async def end(client):
    await client.shutdown_async(None)
    client.exit(None)
    code = await asyncio.wait_for(client._server.wait(), PATIENCE)
    expect(code == 0, f"it ended with {code}")
    expect(not client.wrong, f"the client did not understand: {client.wrong}")


def applied(text, edits):
    """The text after edits of a client that counts in UTF-16."""
    lines = [line + "\n" for line in text.split("\n")]

    def offset(position):
        if position.line >= len(lines):
            return len(text)
        units, at = 0, 0
        for character in lines[position.line]:
            if units >= position.character:
                break
            units += 1 + (ord(character) > 0xFFFF)
            at += 1
        return sum(len(line) for line in lines[:position.line]) + at

    for edit in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
        text = text[:offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end):]
    return text


def validated(root):
    done = subprocess.run([BINARY, "--quiet", "validate", ".", "--format", "json", "--exit-zero"], cwd=root,
                          env=environment(root.parent), capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    expect(done.returncode == 0, f"validate ended with {done.returncode}: {done.stderr}")
    found = {}
    for one in json.loads(done.stdout)["findings"]:
        place = one["place"]
        line = place["span"]["start"]["line"] if place.get("span") else 1
        found.setdefault((root / place["path"]).as_uri(), []).append((one["rule"], line, SEVERITY[one["severity"]], one["message"]))
    return {uri: sorted(all_of_it) for uri, all_of_it in found.items()}


async def same_as_validate(work):
    root = workspace(work, "same", FILES)
    wanted = validated(root)
    expect(sum(map(len, wanted.values())) >= 3, f"there is too little to compare: {wanted}")
    client, answer = await begin(root)
    expect(answer.capabilities.position_encoding in (None, lsp.PositionEncodingKind.Utf16), "nobody offered anything but UTF-16")

    def told():
        return {uri: sorted((one.code, one.range.start.line + 1, int(one.severity), one.message) for one in params.diagnostics)
                for uri, params in client.told.items() if params.diagnostics}

    await client.until(lambda: set(told()) == set(wanted), "findings in the files in which validate finds some")
    expect(told() == wanted, f"the server says {told()}, validate says {wanted}")
    linked = [one for params in client.told.values() for one in params.diagnostics if one.code_description]
    expect(linked and all(one.code_description.href.startswith("https://") for one in linked), "no finding links its rule")
    related = [one for params in client.told.values() for one in params.diagnostics if one.related_information]
    expect(related, "no finding says what to do")
    expect(client.registered, "it does not ask to watch files")
    await end(client)


async def typing(work):
    root = workspace(work, "typing", FILES)
    client, _ = await begin(root)
    document = client.open(root, "CLAUDE.md")
    uri = document["uri"]
    await client.until(lambda: client.shown(uri) == 1 and "CC-MEM-001@3" in codes(client.told[uri]), "the import that is gone")
    # Two units of UTF-16 before the end of the first line stands half of nothing: the smile is replaced whole.
    place = lsp.Range(start=lsp.Position(line=0, character=8), end=lsp.Position(line=0, character=10))
    await client.edit(document, [lsp.TextDocumentContentChangePartial(range=place, text="two")])
    gone = lsp.Range(start=lsp.Position(line=2, character=4), end=lsp.Position(line=2, character=17))
    await client.edit(document, [lsp.TextDocumentContentChangePartial(range=gone, text="the wiki")])
    await client.until(lambda: client.shown(uri) == 3 or not client.told[uri].diagnostics, "the third version")
    expect(not any(code.startswith("CC-MEM-001") for code in codes(client.told[uri])), f"{codes(client.told[uri])}")
    config = client.open(root, "weighbridge.yaml")
    await client.rewrite(config, "rules:\n  levels:\n    no-such: info\n")
    await client.until(lambda: config["uri"] in client.told and codes(client.told[config["uri"]]) == ["configuration@3"], "the wrong name")
    items = await client.text_document_completion_async(lsp.CompletionParams(
        text_document=lsp.TextDocumentIdentifier(uri=config["uri"]), position=lsp.Position(line=2, character=4)))
    expect(any(item.label == "unused-ignore" for item in items), "names of rules are not completed")
    await client.rewrite(config, "rules:\n  levels:\n    CC-MEM-001: 'off'\n")
    await client.until(lambda: not client.told[config["uri"]].diagnostics, "a configuration without errors")
    await client.rewrite(document, FILES["CLAUDE.md"])
    await client.rewrite(config, FILES["weighbridge.yaml"])
    await client.until(lambda: "CC-MEM-001@3" in codes(client.told[uri]), "the finding with its level as it was")
    # What it is about appears on disk.
    (root / "docs").mkdir()
    (root / "docs" / "gone.md").write_text("Here it is.\n")
    client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(changes=[lsp.FileEvent(
        uri=(root / "docs" / "gone.md").as_uri(), type=lsp.FileChangeType.Created)]))
    await client.until(lambda: "CC-MEM-001@3" not in codes(client.told[uri]), "the finding goes with its cause")
    await end(client)


async def actions(work):
    root = workspace(work, "actions", FILES)
    client, _ = await begin(root)
    path = ".claude/skills/greet/SKILL.md"
    settled = ignored = 0
    for path in (".claude/skills/greet/SKILL.md", "CLAUDE.md", "AGENTS.md"):
        document = client.open(root, path)
        uri, original = document["uri"], document["text"]
        identifier = lsp.TextDocumentIdentifier(uri=uri)
        offered = await client.text_document_code_action_async(lsp.CodeActionParams(
            text_document=identifier, range=everything(), context=lsp.CodeActionContext(diagnostics=[])))
        for action in offered:
            edits = action.edit.document_changes[0].edits
            code, before = action.diagnostics[0].code, len([one for one in client.told[uri].diagnostics if one.code == action.diagnostics[0].code])
            text = applied(original, edits)
            ignores = "weighbridge-ignore" in edits[0].new_text
            if ignores:
                await client.rewrite(document, text)
                now = document["version"]
                await client.until(lambda: client.shown(uri) == now and any(
                    one.code == "malformed-ignore" for one in client.told[uri].diagnostics), f"an ignore without a reason in {path}")
                text = text.replace(f"{code}: reason", f"{code}: it is an example")
            await client.rewrite(document, text)
            # The answer to a request shows that what was typed before has been judged.
            await client.text_document_hover_async(lsp.HoverParams(text_document=identifier, position=lsp.Position(line=0, character=0)))
            after = [one for one in client.told[uri].diagnostics if one.code == code]
            expect(len(after) < max(before, 1), f"{path}: {action.title} leaves {codes(client.told[uri])} of {text}")
            expect(not any(one.code in ("unused-ignore", "malformed-ignore") for one in client.told[uri].diagnostics), f"{text}")
            settled, ignored = settled + (not ignores), ignored + ignores
            await client.rewrite(document, original)
            await client.text_document_hover_async(lsp.HoverParams(text_document=identifier, position=lsp.Position(line=0, character=0)))
    expect(settled >= 1 and ignored >= 2, f"{settled} fixes and {ignored} ignores were offered")
    await end(client)
    return f"{settled} fixes and {ignored} ignores settle what they are for"


async def weights(work):
    root = workspace(work, "weights", FILES)
    client, _ = await begin(root)
    for path, wanted in (("CLAUDE.md", "with every call of"), (".claude/skills/greet/SKILL.md", "listing entry")):
        document = client.open(root, path)
        hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(
            text_document=lsp.TextDocumentIdentifier(uri=document["uri"]), range=everything()))
        labels = [hint.label for hint in hints]
        expect(labels and wanted in labels[0] and "tokens" in labels[0], f"{path}: {labels}")
    tokens = subprocess.run([BINARY, "--quiet", "loads", "--client", "claude-code", "--json"], cwd=root, env=environment(work),
                            capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    of_claude = [line["tokens"] for line in json.loads(tokens)[0]["loads"] if line["path"] == "CLAUDE.md"]
    document = client.open(root, "CLAUDE.md")
    hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(
        text_document=lsp.TextDocumentIdentifier(uri=document["uri"]), range=everything()))
    expect(f"~{of_claude[0]} tokens with every call of Claude Code" in hints[0].label, f"{hints[0].label}, and loads says {of_claude}")
    hover = await client.text_document_hover_async(lsp.HoverParams(
        text_document=lsp.TextDocumentIdentifier(uri=document["uri"]), position=lsp.Position(line=2, character=6)))
    expect("CC-MEM-001" in hover.contents.value and "<https://" in hover.contents.value, f"{hover}")
    await end(client)


async def utf8(work):
    root = workspace(work, "utf8", {"CLAUDE.md": "\U0001f600 @docs/gone.md\n"})
    columns = {}
    for encodings in (None, [lsp.PositionEncodingKind.Utf8]):
        client, answer = await begin(root, encodings)
        uri = (root / "CLAUDE.md").as_uri()
        await client.until(lambda: uri in client.told, "findings")
        encoding = answer.capabilities.position_encoding
        columns[str(encoding)] = [one.range.start.character for one in client.told[uri].diagnostics if one.code == "CC-MEM-001"]
        await end(client)
    one, other = columns.values()
    expect(one and [column + 2 for column in one] == other, f"a smile has two units in UTF-16 and four in UTF-8: {columns}")


def frame(body):
    return f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def raw_answers(output):
    answers, rest = [], output
    while rest:
        head, rest = rest.split(b"\r\n\r\n", 1)
        length = int(head.split(b":")[1])
        answers.append(json.loads(rest[:length]))
        rest = rest[length:]
    return answers


async def nonsense(work):
    root = workspace(work, "nonsense", FILES)
    def ask(number, method, params=None):
        return frame(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())
    def tell(method, params=None):
        return frame(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())
    early = ask(1, "textDocument/hover", {})
    begun = ask(2, "initialize", {"rootUri": root.as_uri(), "capabilities": {}}) + tell("initialized", {})
    bad = frame(b"{") + frame(b"[]") + frame(b"\xff\xfe") + b"Content-Length: no\r\n\r\n" + b"garbage\r\n" + frame(b"[" * 100_000)
    asked = ask(3, "no/such", {}) + ask(4, "initialize", {}) + ask(5, "textDocument/hover", 7)
    script = early + begun + bad + asked + ask(6, "shutdown") + ask(7, "textDocument/hover", {}) + tell("exit")
    done = subprocess.run([BINARY, "lsp"], cwd=root, input=script, capture_output=True, timeout=PATIENCE, env=environment(work))
    answers = raw_answers(done.stdout)
    code = {one.get("id"): one.get("error", {}).get("code") for one in answers if "method" not in one and one.get("id") is not None}
    expect(code == {1: -32002, 2: None, 3: -32601, 4: -32600, 5: -32602, 6: None, 7: -32600}, f"answers: {code}")
    expect(sum(one.get("id", 0) is None for one in answers) == 6, f"each message that is none is answered: {answers}")
    expect(done.returncode == 0 and done.stderr == b"", f"{done.returncode} {done.stderr}")
    for script, what in ((begun + tell("exit"), "exit without shutdown"), (begun, "the end of the input")):
        code = subprocess.run([BINARY, "lsp"], cwd=root, input=script, capture_output=True, timeout=PATIENCE, env=environment(work)).returncode
        expect(code == 1, f"{what} ends with {code}, and the protocol wants 1")


async def large(work):
    root = workspace(work, "large", FILES)
    client, _ = await begin(root)
    text = "A line of a document that is far too long, with a smile \U0001f600.\n" * 180_000
    expect(len(text.encode()) > 10_000_000, "it is not large")
    started = time.monotonic()
    document = client.open(root, "AGENTS.md", text)
    await client.until(lambda: client.shown(document["uri"]) == 1, "something about a document of 10 MB")
    opened = time.monotonic() - started
    started = time.monotonic()
    for _ in range(5):
        end_of_it = lsp.Position(line=180_000, character=0)
        await client.edit(document, [lsp.TextDocumentContentChangePartial(range=lsp.Range(start=end_of_it, end=end_of_it), text="x")])
    await client.until(lambda: client.shown(document["uri"]) == document["version"], "the last version")
    typed = (time.monotonic() - started) / 5
    await end(client)
    expect(opened < 20 and typed < 5, f"opened in {opened:.1f} s, {typed:.1f} s for a keystroke")
    return f"10 MB open in {opened:.2f} s, {typed * 1000:.0f} ms for a keystroke"


async def times(work, name, files, path):
    root = workspace(work, name, files)
    client, _ = await begin(root)
    document = client.open(root, path)
    identifier = lsp.TextDocumentIdentifier(uri=document["uri"])
    hover = lsp.HoverParams(text_document=identifier, position=lsp.Position(line=0, character=0))
    started = time.monotonic()
    await client.text_document_hover_async(hover)
    first = time.monotonic() - started
    taken = []
    for number in range(30):
        at = lsp.Position(line=2, character=0)
        started = time.monotonic()
        await client.edit(document, [lsp.TextDocumentContentChangePartial(range=lsp.Range(start=at, end=at), text="word ")])
        await client.text_document_hover_async(hover)
        taken.append(time.monotonic() - started)
    taken.sort()
    await end(client)
    return f"{name}: first look {first * 1000:.0f} ms, a keystroke {taken[15] * 1000:.0f} ms (median of 30), {taken[-1] * 1000:.0f} ms at most"


def many():
    files = dict(FILES)
    for number in range(4_000):
        files[f"packages/p{number % 200}/.claude/skills/skill-{number}/SKILL.md"] = (
            f"---\nname: skill-{number}\ndescription: Use when somebody asks for the thing with the number {number}.\n---\n\n" + "Do it well.\n" * 40)
    return files


async def all_of_it(work):
    for part in (same_as_validate, typing, actions, weights, utf8, nonsense, large):
        remark = await part(work)
        print(f"{part.__name__.replace('_', ' ')}{': ' + remark if remark else ''}")
    if "--times" in sys.argv:
        print(await times(work, "small", FILES, "CLAUDE.md"))
        print(await times(work, "4,000 files", many(), "CLAUDE.md"))
    print("what an editor is told is what validate says; typing, actions, hints, bad messages and large documents are as they should be")


def main():
    with tempfile.TemporaryDirectory() as work:
        try:
            asyncio.run(all_of_it(Path(work).resolve()))
        except Wrong as wrong:
            print(wrong)
            sys.exit(1)


if __name__ == "__main__":
    main()
