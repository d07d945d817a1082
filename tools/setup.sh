# Shared by ./run and ./test: what a fresh Debian 12 machine needs, and how the two builds are made.
# Sourced, never executed. Expects the current directory to be the checkout.

BUILD_PACKAGES=(g++ cmake ninja-build ccache lld
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libssl-dev libipsec-mb-dev
  protobuf-compiler libprotobuf-dev libsoci-dev libsqlite3-dev libsodium-dev libcjose-dev
  libspdlog-dev libcli11-dev prometheus-cpp-dev libexpected-dev)
TEST_PACKAGES=(libgtest-dev libgmock-dev libbenchmark-dev libsrtp2-dev clang libclang-rt-14-dev clang-format clang-tidy
  chromium firefox-esr coturn)
BENCH_PACKAGES=(janus)  # what bench/meetings compares with

# Clones at different places share their compilations.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=1

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# The packages among the arguments that are not installed.
missing_packages() {
  local installed
  # dpkg-query fails when it has never heard of one of them, which is no error here (./run stops at errors).
  installed=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
    awk '$2 == "installed" {print $1}')
  local package
  for package in "$@"; do
    grep -qx "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# as_root WHY COMMAND...: with sudo only where it is needed, saying what for.
as_root() {
  local why=$1
  shift
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    say "$why (needs root: sudo $*)"
    sudo "$@"
  else
    fail "$why: run this as root, or install sudo: $*"
  fi
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  as_root "Refreshing the package lists" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  as_root "Installing packages" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
    fail "apt-get could not install: ${missing[*]}"
}

# The web client's tools need Node.js 20.19 or newer; Debian 12's own is 18, and fetches a newer one from npm
# into build/node.
node_is_new_enough() {
  command -v "$1" >/dev/null && "$1" -e '
    const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
}
ensure_node() {
  local own=$PWD/build/node/node_modules/.bin
  [ -x "$own/node" ] && PATH=$own:$PATH
  node_is_new_enough node && command -v npm >/dev/null && return 0
  command -v npm >/dev/null || install_packages nodejs npm
  node_is_new_enough node && return 0
  say "Fetching Node.js 22 from npm (this machine's is $(node --version 2>/dev/null || echo missing))"
  mkdir -p build/node
  npm install --silent --no-audit --no-fund --prefix build/node node@22 >&2 || fail "npm could not install Node.js 22"
  PATH=$own:$PATH
  node_is_new_enough node || fail "Node.js 20.19 or newer is needed to build the web client"
}

# npm_install DIRECTORY: only when the lock file changed since the last time.
npm_install() {
  local stamp=$1/node_modules/.installed
  [ -f "$stamp" ] && cmp -s "$stamp" "$1/package-lock.json" && return 0
  say "Installing npm packages of $1"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2) || fail "npm ci failed in $1"
  cp "$1/package-lock.json" "$stamp"
}

build_web() {
  [ -f web/package.json ] || return 0
  if [ -f web/dist/index.html ] &&
    [ -z "$(find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -newer web/dist/index.html -print -quit)" ]; then
    return 0
  fi
  ensure_node
  npm_install web
  say "Building the web client"
  (cd web && npm run --silent build >&2) || fail "the web client does not build"
  touch web/dist/index.html
}

# configure PRESET [cmake arguments]
configure() {
  local preset=$1
  shift
  local log=build/$preset.configure.log
  mkdir -p build
  cmake --preset "$preset" "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "cmake could not configure"; }
}

# build PRESET [targets...]: shows progress on a terminal, and only failures elsewhere.
build() {
  local preset=$1
  shift
  local targets=("$@")
  if [ -t 2 ]; then
    ninja -C "build/$preset" "${targets[@]}" >&2 || fail "the build failed"
  else
    ninja -C "build/$preset" --quiet "${targets[@]}" >&2 || fail "the build failed"
  fi
}
