#!/usr/bin/env bash
# Replays GitHub requests against GitHub's own API description, served by Prism on a free loopback port.
#
#   scripts/contract/prism.sh [REQUESTS]
#
# REQUESTS (or WEIGHBRIDGE_REQUESTS): a file of JSON lines {"method": "POST", "path": "/repos/o/r/check-runs", "body": {...}};
# the path is as sent, with its query. A 4xx or 5xx answer or a reported violation is a failure. A self-test runs first, always:
# requests known to be right are accepted and requests known to be wrong are refused, so a silent Prism cannot pass.
#
# WEIGHBRIDGE_TOOLS   where scripts/contract/install.sh put Prism
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tools=${WEIGHBRIDGE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/weighbridge-tools}
requests=${1:-${WEIGHBRIDGE_REQUESTS:-}}
prism=$tools/bin/prism

if [ ! -x "$prism" ]; then
  echo "prism.sh: no Prism in $tools: run scripts/contract/install.sh" >&2
  exit 2
fi
if [ -n "$requests" ] && [ ! -r "$requests" ]; then
  echo "prism.sh: cannot read $requests" >&2
  exit 2
fi

work=$(mktemp -d)
server=
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT

started() {
  local port=$1 waited=0
  # A loaded machine has needed half a minute for this.
  while [ "$waited" -lt 1200 ]; do
    if grep -q 'Prism is listening' "$work/prism.log"; then return 0; fi
    if ! kill -0 "$server" 2>/dev/null; then return 1; fi
    sleep 0.1
    waited=$((waited + 1))
  done
  echo "prism.sh: Prism did not listen on port $port in two minutes" >&2
  return 1
}

port=
for _ in 1 2 3; do
  port=$(node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
  : >"$work/prism.log"
  # `--errors`: a request Prism finds wrong is answered with what is wrong, not with a sample of GitHub's error.
  node "$(readlink -f "$prism")" mock --errors -h 127.0.0.1 -p "$port" "$here/openapi/github.json" >"$work/prism.log" 2>&1 &
  server=$!
  if started "$port"; then break; fi
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
done
if [ -z "$server" ]; then
  echo "prism.sh: Prism does not start:" >&2
  tail -n 20 "$work/prism.log" >&2
  exit 1
fi

cat >"$work/replay.mjs" <<'SCRIPT'
import { readFileSync } from "node:fs";

const [port, file] = process.argv.slice(2);

// GitHub takes slashes in the last part of this path, an OpenAPI path template cannot say so.
const encoded = (path) => path.replace(/(\/git\/ref\/)([^?]+)/, (_, head, ref) => head + encodeURIComponent(decodeURIComponent(ref)));

async function refusal({ method, path, body }) {
  const answer = await fetch(`http://127.0.0.1:${port}${encoded(path)}`, {
    method,
    redirect: "manual",
    headers: { accept: "application/json", ...(body == null ? {} : { "content-type": "application/json" }) },
    body: body == null ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await answer.text();
  const violations = answer.headers.get("sl-violations");
  if (answer.status >= 400) return `${answer.status} ${text.slice(0, 600)}`;
  if (violations) return `${answer.status} with violations: ${violations.slice(0, 600)}`;
  return null;
}

const annotation = { path: "AGENTS.md", start_line: 1, end_line: 1, annotation_level: "warning", message: "m" };
const checkRun = (count, summary = "s") => ({
  method: "POST",
  path: "/repos/o/r/check-runs",
  body: {
    name: "weighbridge", head_sha: "ce587453ced02b1526dfb4cb910479d431683101", status: "completed", conclusion: "failure",
    output: { title: "t", summary, annotations: Array(count).fill(annotation) },
  },
});
const right = {
  "50 annotations": checkRun(50),
  "a comment": { method: "POST", path: "/repos/o/r/issues/7/comments", body: { body: "b" } },
  "a page of comments": { method: "GET", path: "/repos/o/r/issues/7/comments?per_page=100&page=2" },
  "a ref with slashes": { method: "GET", path: "/repos/o/r/git/ref/heads/feature/one" },
  "a commit status": { method: "POST", path: "/repos/o/r/statuses/abc", body: { state: "failure", context: "weighbridge" } },
};
const wrong = {
  "51 annotations": checkRun(51),
  "a summary of 65,536 characters": checkRun(0, "x".repeat(65536)),
  "a check run without a name": { method: "POST", path: "/repos/o/r/check-runs", body: { head_sha: "abc" } },
  "a comment without a body": { method: "POST", path: "/repos/o/r/issues/7/comments", body: {} },
  "an unknown commit status": { method: "POST", path: "/repos/o/r/statuses/abc", body: { state: "cancelled" } },
  "a page size that is no number": { method: "GET", path: "/repos/o/r/pulls?per_page=all" },
  "a path GitHub does not have": { method: "POST", path: "/repos/o/r/check-run", body: {} },
};

let failed = 0;
const say = (good, text) => {
  console.log(`${good ? "ok" : "FAIL"}: ${text}`);
  if (!good) failed += 1;
};
for (const [name, request] of Object.entries(right)) {
  const why = await refusal(request);
  if (why) say(false, `self-test: ${name} is refused: ${why}`);
}
for (const [name, request] of Object.entries(wrong)) {
  const why = await refusal(request);
  if (!/^4(00|04|22) /.test(why ?? "")) say(false, `self-test: ${name} is not refused as invalid: ${why ?? "accepted"}`);
}
if (failed === 0) {
  say(true, `self-test: ${Object.keys(right).length} right requests accepted, ${Object.keys(wrong).length} wrong ones refused (51 annotations among them)`);
}

if (file) {
  const lines = readFileSync(file, "utf8").split("\n");
  let sent = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    let request;
    try {
      request = JSON.parse(line);
      if (typeof request.method !== "string" || !/^\//.test(request.path)) throw new Error("no method or path");
    } catch (error) {
      say(false, `line ${index + 1}: not a request: ${error.message}`);
      continue;
    }
    sent += 1;
    const why = await refusal(request);
    if (why) say(false, `line ${index + 1}: ${request.method} ${request.path}: ${why}`);
  }
  if (sent === 0) say(false, "the file holds no request");
  else if (failed === 0) say(true, `${sent} requests replayed against GitHub's description`);
}
process.exit(failed === 0 ? 0 : 1);
SCRIPT
node "$work/replay.mjs" "$port" "$requests"
