#!/usr/bin/env bash
# Checks everything that is shipped around the binary: action, workflows, GitLab template, hook, images, requests to GitHub.
#
#   WEIGHBRIDGE_BIN=target/release/weighbridge scripts/contract/check.sh [STEP...]
#
# Without STEP all steps run; `--list` names them. One line for each step: `ok`, `skipped` with the reason, or `FAIL` with what
# was said. The exit code is 1 when any failed. scripts/contract/install.sh brings the tools.
#
# WEIGHBRIDGE_BIN          the binary to put into the pipeline and, when it is static, into the images (required)
# WEIGHBRIDGE_STATIC_BIN   the binary for the images, when the other one is not static
# WEIGHBRIDGE_REQUESTS     JSON lines of requests to replay against GitHub's API description; see prism.sh
# WEIGHBRIDGE_TOOLS        where install.sh put the tools
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=${WEIGHBRIDGE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/weighbridge-tools}
export WEIGHBRIDGE_TOOLS=$tools
export PATH=$tools/bin:$PATH
size_limit=35000000

steps=(shell schema template-inputs template-copy pins hook zizmor actionlint gitlab-run gitlab-inputs gitlab-verdict
  image-action image-gitlab github-description github-requests prices mcp models lsp)

if [ "${1:-}" = --list ]; then
  printf '%s\n' "${steps[@]}"
  exit 0
fi
if [ -z "${WEIGHBRIDGE_BIN:-}" ] || [ ! -x "$WEIGHBRIDGE_BIN" ]; then
  echo "check.sh: WEIGHBRIDGE_BIN must name the weighbridge binary" >&2
  exit 2
fi
binary=$(cd "$(dirname "$WEIGHBRIDGE_BIN")" && pwd)/$(basename "$WEIGHBRIDGE_BIN")
static_binary=${WEIGHBRIDGE_STATIC_BIN:-$binary}
requests=${WEIGHBRIDGE_REQUESTS:+$(cd "$(dirname "$WEIGHBRIDGE_REQUESTS")" && pwd)/$(basename "$WEIGHBRIDGE_REQUESTS")}
cd "$root"

work=$(mktemp -d)
buildah=(buildah)
if [ "$(id -u)" != 0 ] && [ "${CI:-}" = true ] && sudo -n true 2>/dev/null; then
  buildah=(sudo -n buildah)
fi
# A store of our own: nothing is left in, or taken from, the one of the machine.
buildah+=(--root "$work/store" --runroot "$work/run" --storage-driver vfs)
clean() {
  if [ -d "$work/store" ]; then
    "${buildah[@]}" rm --all >/dev/null 2>&1 || true
    "${buildah[@]}" rmi --all --force >/dev/null 2>&1 || true
  fi
  rm -rf "$work" 2>/dev/null || sudo -n rm -rf "$work"
}
trap clean EXIT

# --- how a step reports: 0 ok, 77 skipped; what it printed last is the remark or the reason ------------

skip() {
  echo "$*"
  exit 77
}
broken() {
  echo "$*"
  exit 1
}
needs() {
  local tool
  for tool in "$@"; do command -v "$tool" >/dev/null || skip "$tool is not installed: run scripts/contract/install.sh"; done
}

workflows() { find .github/workflows examples/workflows -name '*.yml' ! -name 'gitlab-*' | sort; }

# --- steps: files --------------------------------------------------------------------------------------

step_shell() {
  local script found=()
  while IFS= read -r script; do
    if head -n 1 "$script" | grep -qE '^#!.*\b(ba)?sh\b'; then found+=("$script"); fi
  done < <(find scripts .ci -type f ! -path '*/node_modules/*' 2>/dev/null | sort)
  for script in "${found[@]}"; do bash -n "$script"; done
  needs shellcheck
  shellcheck "${found[@]}"
  echo "bash -n and shellcheck on ${#found[@]} scripts"
}

step_schema() {
  needs check-jsonschema
  local list
  mapfile -t list < <(workflows)
  check-jsonschema --builtin-schema vendor.github-actions action.yml
  check-jsonschema --builtin-schema vendor.github-workflows "${list[@]}"
  check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
  check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci examples/workflows/gitlab-ci.yml
  needs gitlab-ci-local git
  # The schema knows no inputs: it is put to what comes out when they are filled in.
  project "$work/schema" 'include: [{local: gitlab-ci-template.yml}]'
  pipeline "$work/schema" --preview >"$work/schema/preview.log"
  sed -n '/^---$/,$p' "$work/schema/preview.log" >"$work/schema/expanded.yml"
  check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$work/schema/expanded.yml"
  echo "action, ${#list[@]} workflows, dependabot, GitLab template and example"
}

python_with_yaml() {
  "$tools/py/bin/python" -c 'import ruamel.yaml' 2>/dev/null || skip "no Python tools: run scripts/contract/install.sh"
  "$tools/py/bin/python" - "$@"
}

step_template_inputs() {
  python_with_yaml gitlab-ci-template.yml <<'PYTHON'
import re, sys
from ruamel.yaml import YAML

text = open(sys.argv[1]).read()
header, body = YAML(typ="safe").load_all(text)
inputs = header["spec"]["inputs"]
wrong = [f"input {name} has no {key}" for name, it in inputs.items() for key in ("default", "description") if it.get(key) is None]
used = set(re.findall(r"\$\[\[\s*inputs\.([a-z-]+)", text.split("\n---\n", 1)[1]))
wrong += [f"input {name} is not declared" for name in used - set(inputs)]
wrong += [f"input {name} is not used" for name in set(inputs) - used]
judge, decide = body.values()
wrong += [f"an input reaches the shell: {line}" for job in (judge, decide) for line in job["script"] if "$[[" in line]
if str(judge["variables"].get("GIT_DEPTH")) != "0":
    wrong.append("GIT_DEPTH is not 0")
if decide["variables"].get("GIT_STRATEGY") != "none":
    wrong.append("the job that decides checks something out")
if "include" in body:
    wrong.append("the template includes another file, so include:remote cannot take it")
if wrong:
    sys.exit("\n".join(wrong))
print(f"{len(inputs)} inputs, each with a default, a description and a use")
PYTHON
}

step_template_copy() {
  cmp gitlab-ci-template.yml templates/weighbridge.yml
  echo "gitlab-ci-template.yml and templates/weighbridge.yml are one"
}

step_pins() {
  local list several unpinned
  mapfile -t list < <(workflows)
  unpinned=$(grep -nE '^[^#]*uses: ' "${list[@]}" | grep -vE 'uses: (\./|weighbridge-dev/weighbridge@)' \
    | grep -vE 'uses: [^@ ]+@[0-9a-f]{40} # v[0-9]' || true)
  [ -z "$unpinned" ] || broken "not pinned to a commit with its version beside it: $unpinned"
  several=$(grep -hoE 'uses: [A-Za-z0-9_./-]+@[0-9a-f]{40}' "${list[@]}" | sort -u | cut -d@ -f1 | uniq -d)
  [ -z "$several" ] || broken "pinned to more than one commit: $several"
  echo "each action is pinned to one commit"
}

step_hook() {
  python_with_yaml .pre-commit-hooks.yaml <<'PYTHON'
import sys
from ruamel.yaml import YAML

(hook,) = YAML(typ="safe").load(open(sys.argv[1]))
wanted = {"language": "rust", "entry": "weighbridge hook run", "pass_filenames": False, "always_run": True}
if "files" in hook or any(hook.get(key) != value for key, value in wanted.items()):
    sys.exit(f"the hook is not {wanted}")
print("the pre-commit hook runs for every commit, and reads the index itself")
PYTHON
}

step_zizmor() {
  needs zizmor
  local list bare
  mapfile -t list < <(workflows)
  bare=$(grep -nE 'zizmor: ignore\[[^]]*\] *$' action.yml "${list[@]}" || true)
  [ -z "$bare" ] || broken "ignored without a reason: $bare"
  zizmor --offline --no-progress --persona pedantic action.yml .github/dependabot.yml "${list[@]}"
  echo "no finding in action.yml and ${#list[@]} workflows that is not answered beside it"
}

step_actionlint() {
  needs actionlint
  local list
  mapfile -t list < <(workflows)
  actionlint "${list[@]}"
  echo "${#list[@]} workflows"
}

# --- steps: GitLab -------------------------------------------------------------------------------------

commit() { git -C "$1" -c user.name=check -c user.email=check@example.invalid -c commit.gpgsign=false commit -q -m "$2"; }

# project FOLDER PIPELINE: a repository with a change on the branch `feature`, and that pipeline.
project() {
  mkdir -p "$1/.claude/skills/greet"
  git -C "$1" init -q
  git -C "$1" symbolic-ref HEAD refs/heads/main
  git -C "$1" remote add origin https://gitlab.example.invalid/group/project.git
  printf '# Agents\n\nRun the tests before you commit.\n' >"$1/AGENTS.md"
  printf -- '---\nname: greet\ndescription: Greets the user by name. Use when somebody says hello.\n---\n\nSay hello.\n' >"$1/.claude/skills/greet/SKILL.md"
  cp gitlab-ci-template.yml "$1/"
  printf '%s\n' "$2" >"$1/.gitlab-ci.yml"
  git -C "$1" add -A
  commit "$1" 'Base'
  git -C "$1" update-ref refs/remotes/origin/main main
  git -C "$1" symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main
  git -C "$1" checkout -q -b feature
  printf '\nKeep changes small.\n' >>"$1/AGENTS.md"
  git -C "$1" add -A
  commit "$1" 'Head'
}

# pipeline FOLDER ARGUMENTS...: as a merge request would run it, with no network to post to and no token to do it with.
pipeline() {
  local folder=$1
  shift
  mkdir -p "$work/path" "$work/home"
  ln -sfn "$binary" "$work/path/weighbridge"
  # Whatever CI runs this script must not be visible to the one that is played.
  (cd "$folder" && env -i HOME="$work/home" LANG=C.UTF-8 PATH="$work/path:$PATH" gitlab-ci-local "$@" --force-shell-executor --no-color \
    --variable CI_PIPELINE_SOURCE=merge_request_event --variable CI_MERGE_REQUEST_IID=7 \
    --variable CI_MERGE_REQUEST_EVENT_TYPE=detached --variable CI_MERGE_REQUEST_PROJECT_ID=1 \
    --variable CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1 \
    --variable CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=feature --variable CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main \
    --variable "CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse main)" \
    --variable CI_API_V4_URL=http://127.0.0.1:9/api/v4 --variable CI_SERVER_URL=http://127.0.0.1:9 2>&1)
}

report_is_there() {
  local file
  for file in report.json report.html comment.md summary.md cost.csv report.sarif junit.xml gl-code-quality.json; do
    [ -s "$1/$file" ] || broken "no $file in the report folder"
  done
  python3 -c 'import json, sys, xml.etree.ElementTree as x; folder = sys.argv[1]
assert isinstance(json.load(open(folder + "/gl-code-quality.json")), list), "gl-code-quality.json is not a list"
json.load(open(folder + "/report.json")); json.load(open(folder + "/report.sarif")); x.parse(folder + "/junit.xml")' "$1"
}

step_gitlab_run() {
  needs gitlab-ci-local git rsync python3
  local folder=$work/plain
  project "$folder" 'include: [{local: gitlab-ci-template.yml}]'
  pipeline "$folder" weighbridge
  report_is_there "$folder/weighbridge-report"
  report_is_there "$folder/.gitlab-ci-local/artifacts/weighbridge/weighbridge-report"
  echo "the template as it comes runs and leaves its report"
}

step_gitlab_inputs() {
  needs gitlab-ci-local git rsync python3
  local folder=$work/inputs refused=$work/refused absent=$work/absent
  project "$folder" 'stages: [gate]
include:
  - local: gitlab-ci-template.yml
    inputs:
      stage: gate
      job-name: agent configuration
      image: registry.example.invalid/mirror/weighbridge:1
      path: .
      clients: claude-code,codex
      report-dir: out
      post: never
      allow-failure: true'
  pipeline "$folder" --preview >"$work/preview"
  local line
  for line in '^agent configuration:' 'stage: gate' 'name: registry.example.invalid/mirror/weighbridge:1' "GIT_DEPTH: '0'" \
    'WEIGHBRIDGE_CLIENTS: claude-code,codex' 'WEIGHBRIDGE_POST: never' 'allow_failure: true' 'codequality: out/gl-code-quality.json' \
    'junit: out/junit.xml'; do
    grep -q "$line" "$work/preview" || broken "the inputs do not lead to: $line"
  done
  pipeline "$folder" 'agent configuration'
  report_is_there "$folder/out"

  project "$refused" 'include: [{local: gitlab-ci-template.yml, inputs: {allow-failure: "perhaps"}}]'
  if pipeline "$refused" --preview; then broken "allow-failure takes a value that is not a boolean"; fi

  # shellcheck disable=SC2016 # the variable is the pipeline's
  project "$absent" 'include: [{local: gitlab-ci-template.yml, inputs: {merge-requests: false}}]
other:
  script: ["true"]
  rules: [{if: "$CI_PIPELINE_SOURCE"}]'
  pipeline "$absent" --list >"$work/list"
  if grep -q '^weighbridge' "$work/list"; then broken "merge-requests: false still runs in a merge request"; fi
  grep -q '^other' "$work/list" || broken "gitlab-ci-local lists no job at all"

  local decide=$work/decide when
  project "$decide" 'include: [{local: gitlab-ci-template.yml}]'
  pipeline "$decide" --list >"$work/list"
  if grep -q '^weighbridge-decide' "$work/list"; then broken "the job that decides is there though nobody asked for it"; fi
  for when in automatic:on_success manual:manual; do
    printf 'include: [{local: gitlab-ci-template.yml, inputs: {decide: %s}}]\n' "${when%:*}" >"$decide/.gitlab-ci.yml"
    pipeline "$decide" --list >"$work/list"
    grep -qE "^weighbridge-decide .*${when#*:}" "$work/list" || broken "decide: ${when%:*} is not ${when#*:}"
  done
  echo "inputs arrive, a wrong type is refused, jobs can be kept out of merge requests, the one that decides comes when asked for"
}

step_gitlab_verdict() {
  needs gitlab-ci-local git rsync
  local folder=$work/verdict
  project "$folder" 'include: [{local: gitlab-ci-template.yml, inputs: {path: no-such-folder}}]'
  if pipeline "$folder" weighbridge; then broken "the job passes though the program fails"; fi
  printf 'include: [{local: gitlab-ci-template.yml, inputs: {path: no-such-folder, allow-failure: true}}]\n' >"$folder/.gitlab-ci.yml"
  pipeline "$folder" weighbridge || broken "the pipeline fails though failure is allowed"
  echo "a failure fails the job, unless it is allowed to"
}

# --- steps: images -------------------------------------------------------------------------------------

# The folder that stands for the build context: what a release hands in.
handed_in() {
  local bundle
  mkdir -p "$work/context"
  cp "$static_binary" "$work/context/weighbridge"
  busybox_found=$(command -v busybox) || skip "busybox-static is not installed: run scripts/contract/install.sh"
  cp "$busybox_found" "$work/context/busybox"
  for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    if [ -s "$bundle" ]; then
      cp "$bundle" "$work/context/ca-certificates.crt"
      return
    fi
  done
  skip "this machine has no bundle of certificates to put into the image"
}

# `ldd` says it in these words, with an exit code that differs from version to version.
is_static() { grep -qE 'not a dynamic executable|statically linked' <<<"$(ldd "$1" 2>&1)"; }

in_image() {
  local container=$1
  shift
  "${buildah[@]}" run --isolation chroot --workingdir /workspace "$container" -- "$@"
}

# image TARGET ENTRYPOINT COMMAND...: builds, weighs and runs it; COMMAND starts the program.
image() {
  local target=$1 entrypoint=$2 size container version
  shift 2
  needs buildah
  handed_in
  "${buildah[@]}" bud --isolation chroot --target "$target" --build-arg FILES=binary --build-arg BINARY=. \
    --file Dockerfile --tag "weighbridge:$target" "$work/context"
  [ "$("${buildah[@]}" inspect --type image --format '{{.OCIv1.Config.Entrypoint}}' "localhost/weighbridge:$target")" = "[$entrypoint]" ] \
    || broken "the entry point of $target is not [$entrypoint]"
  # This form of archive is not compressed: its size is what the image takes on a disk.
  "${buildah[@]}" push --quiet "localhost/weighbridge:$target" "docker-archive:$work/$target.tar:weighbridge:$target"
  size=$(stat -c %s "$work/$target.tar")
  [ "$size" -lt "$size_limit" ] || broken "the image is $size bytes, the limit is $size_limit"
  is_static "$static_binary" || skip "built, $size bytes; not run: the binary is linked dynamically, set WEIGHBRIDGE_STATIC_BIN"

  container=$("${buildah[@]}" from "localhost/weighbridge:$target")
  [ -d "$work/workspace" ] || project "$work/workspace" 'include: [{local: gitlab-ci-template.yml}]'
  "${buildah[@]}" copy --quiet "$container" "$work/workspace" /workspace
  version=$(in_image "$container" "$@" --version)
  [[ $version == weighbridge\ * ]] || broken "--version says: $version"
  in_image "$container" "$@" run . --base main --post never --report-dir /workspace/report
  report_in_container "$container"
  echo "$target: $size bytes, $version, ran on a small repository"
}

# The smaller image has no shell to look with: the file is looked for from outside.
report_in_container() {
  rm -f "$work/seen.tar"
  "${buildah[@]}" commit --quiet "$1" "docker-archive:$work/seen.tar:seen:latest" >/dev/null
  python3 - "$work/seen.tar" <<'PYTHON'
import json, sys, tarfile

archive = tarfile.open(sys.argv[1])
layers = json.load(archive.extractfile("manifest.json"))[0]["Layers"]
names = {name for layer in layers for name in tarfile.open(fileobj=archive.extractfile(layer)).getnames()}
if "workspace/report/report.json" not in names:
    sys.exit("the run in the image left no report.json")
PYTHON
}

step_image_action() { image action /usr/local/bin/weighbridge /usr/local/bin/weighbridge; }

# shellcheck disable=SC2016 # the shell in the image fills these in
step_image_gitlab() { image gitlab '' /bin/sh -c 'weighbridge "$@"' sh; }

# --- steps: GitHub's interface -------------------------------------------------------------------------

step_github_description() {
  needs node prism
  "$here/prism.sh"
  if compgen -G "$tools/openapi-*" >/dev/null; then
    node "$here/openapi/build.mjs" --check
    echo "github.json is what build.mjs makes, and Prism refuses what GitHub would"
  else
    echo "Prism refuses what GitHub would; github.json was not compared, the full description is not installed"
  fi
}

step_github_requests() {
  [ -n "$requests" ] || skip "WEIGHBRIDGE_REQUESTS is not set"
  needs node prism
  "$here/prism.sh" "$requests"
}

# --- steps: prices ------------------------------------------------------------------------------------

step_prices() {
  needs python3
  WEIGHBRIDGE_BIN=$binary python3 "$here/prices.py"
}

# --- steps: MCP servers --------------------------------------------------------------------------------

step_mcp() {
  needs python3 node
  WEIGHBRIDGE_BIN=$binary python3 "$here/mcp.py"
}

# --- steps: model servers ------------------------------------------------------------------------------

step_models() {
  needs python3 node
  WEIGHBRIDGE_BIN=$binary python3 "$here/models.py"
}

# --- editors -------------------------------------------------------------------------------------------

step_lsp() {
  needs python3
  WEIGHBRIDGE_BIN=$binary python3 "$here/lsp.py"
}

# --- all of it -----------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0
if [ "$#" = 0 ]; then set -- "${steps[@]}"; fi
for name in "$@"; do
  [[ " ${steps[*]} " == *" $name "* ]] || {
    echo "check.sh: no step $name; --list names them" >&2
    exit 2
  }
  # Not in a condition: there the steps would go on after a failed command.
  set +e
  (
    set -e
    "step_${name//-/_}"
  ) >"$work/log" 2>&1 </dev/null
  code=$?
  set -e
  remark=$(sed 's/\x1b\[[0-9;]*m//g' "$work/log" | grep -v '^ *$' | tail -n 1)
  case $code in
    0)
      passed=$((passed + 1))
      printf 'ok: %s: %s\n' "$name" "${remark#ok: }"
      ;;
    77)
      skipped=$((skipped + 1))
      printf 'skipped: %s (%s)\n' "$name" "$remark"
      ;;
    *)
      failed=$((failed + 1))
      printf 'FAIL: %s: %s\n' "$name" "$remark"
      tail -n 60 "$work/log" | sed 's/^/    /'
      ;;
  esac
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
