#!/usr/bin/env bash
# Provisions what the tests need, builds, and runs all of them. Ends with one line: "N passed, N failed, N skipped"; in a run of everything by
# root it goes on with the same for the tests of the data's way that were repeated with fewer rights.
#   ./test.sh                       everything
#   ./test.sh test/Mover.X.Tests    the test projects named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
results="$root/artifacts/test"
# What runs for seconds gains nothing by being measured for a second compilation.
export UseSharedCompilation=true MSBUILDDISABLENODEREUSE=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_TieredPGO=0

# The tests start hundreds of processes, each of which would compile the program again.
ahead=()
[ "$(uname -sm)" != "Linux x86_64" ] || ahead=(-p:MoverAheadOfTime=true)

say() { printf '== %s\n' "$*"; }
fail() { printf 'test.sh: %s\n' "$*" >&2; exit 1; }

require_tools() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is not installed (no 'dotnet' on the PATH)."
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js 20 with npm is not installed."
}

# Debian packages: a real NFS server, the NFS client library, what AzCopy links to, file systems of our own, the Azure CLI,
# what recipes use, clocks that jump.
debian_packages=(git nfs-ganesha nfs-ganesha-vfs libnfs13 rpcbind iproute2 nftables libsecret-1-0 fuse3 python3-fusepy azure-cli openssl systemd
  libfaketime)

provision_debian() {
  local missing=()
  for package in "${debian_packages[@]}"; do
    [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == 'install ok installed' ]] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "not installed, and no right to install: ${missing[*]}  (as root: apt-get install ${missing[*]})"
    return
  fi
  say "installing ${missing[*]}"
  # No service may start by itself: the tests start their own servers, on loopback.
  local policy=/usr/sbin/policy-rc.d made=
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made=1; }
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$results/apt.log" 2>&1 ||
    { tail -5 "$results/apt.log" >&2; say "apt-get failed; see artifacts/test/apt.log"; }
  [ -z "$made" ] || rm -f "$policy"
}

provision_npm() {
  local stamp=tools/node_modules/.mover-installed
  if [ ! -e "$stamp" ] || [ tools/package-lock.json -nt "$stamp" ]; then
    say "installing the packages of tools/package-lock.json"
    npm ci --prefix tools --no-audit --no-fund --loglevel=error >"$results/npm.log" 2>&1 || { tail -5 "$results/npm.log" >&2; fail "npm ci failed; see artifacts/test/npm.log"; }
    touch "$stamp"
  fi
}

# The etcd of Debian 13, beside whatever the host has: unpacked, not installed.
provision_etcd() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    say "no apt-get to get etcd with: the tests over it are skipped"
  elif ! scripts/etcd.sh "$root/artifacts/etcd" >"$results/etcd.log" 2>&1; then
    tail -5 "$results/etcd.log" >&2
    say "etcd could not be had; see artifacts/test/etcd.log"
  fi
}

# NAME: whether the dynamic linker knows a library whose name begins so. Read whole: a grep that leaves early fails the pipe now and then.
has_library() { [[ $'\n'$(ldconfig -p) == *$'\n\t'"$1"* ]]; }

export_environment() {
  export MOVER_ROOT="$root"
  export MOVER_AZURITE="$root/tools/node_modules/azurite/dist/src/blob/main.js"
  export MOVER_NODE_MODULES="$root/tools/node_modules"
  local azcopy="$root/tools/node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64"
  if [ -e "$azcopy" ] && has_library libsecret-1.so; then
    chmod +x "$azcopy"
    export MOVER_AZCOPY="$azcopy"
  fi
  [ "$(id -u)" != 0 ] || export MOVER_MOUNT=1
  # Networks and disks of their own for zones: namespaces, packet filters, and ext4 in a file.
  if [ "$(id -u)" = 0 ] && unshare --net --mount sh -c 'ip link add hub0 type bridge && ip link add one0 type veth peer name two0 &&
      nft "add table inet t" && tc qdisc add dev one0 root tbf rate 1mbit burst 16kb latency 1ms' >/dev/null 2>&1 &&
    [ -e /dev/loop-control ] && command -v mkfs.ext4 >/dev/null && command -v fsfreeze >/dev/null; then
    export MOVER_NAMESPACES=1
  fi
  if [ "$(id -u)" = 0 ] && [ -c /dev/fuse ] && command -v fusermount >/dev/null && /usr/bin/python3 -c 'import fusepy' 2>/dev/null; then
    export MOVER_FUSE=1
  fi
  if [ -x "$root/artifacts/etcd/usr/bin/etcd" ]; then
    export MOVER_ETCD="$root/artifacts/etcd/usr/bin/etcd"
  fi
  MOVER_FAKETIME=$(compgen -G '/usr/lib/*/faketime/libfaketime.so.1' | head -1 || true)
  if [ -n "$MOVER_FAKETIME" ]; then
    export MOVER_FAKETIME
  else
    say "no libfaketime: the clocks of zones' servers do not jump"
  fi
  if command -v systemd-analyze >/dev/null; then
    MOVER_SYSTEMD_ANALYZE=$(command -v systemd-analyze)
    export MOVER_SYSTEMD_ANALYZE
  fi
  if command -v az >/dev/null; then
    MOVER_AZ=$(command -v az)
    export MOVER_AZ
  fi
  if has_library libnfs.so.13; then
    export MOVER_LIBNFS=1
    if [ "$(id -u)" = 0 ] && command -v ganesha.nfsd >/dev/null && command -v rpcbind >/dev/null; then
      export MOVER_GANESHA=1
    fi
  fi
}

# Those that wait for servers and for members of etcd more than they compute: all of them at once, in a run of everything.
waiting=(test/Mover.Recovery.Tests test/Mover.State.Tests)

test_project() { # PROJECT
  local name started=$SECONDS failed=0
  name=$(basename "$1")
  if ! TMPDIR="$temporary" dotnet test "$1" -c Release --no-build --nologo -v minimal --blame-hang-timeout 10m --blame-hang-dump-type none \
    --logger "trx;LogFileName=$name.trx" --results-directory "$results" >"$results/$name.log" 2>&1; then
    failed=1
    cat "$results/$name.log"
  fi
  [ -e "$results/$name.trx" ] || { echo "$name wrote no result; its output:"; tail -20 "$results/$name.log"; failed=1; }
  say "$name: $(counters "$results/$name.trx") in $((SECONDS - started)) s"
  return $failed
}

run_tests() {
  local projects=("$@") status=0
  if [ ${#projects[@]} -eq 0 ]; then
    mapfile -t projects < <(ls -d test/Mover.*.Tests)
    say "building"
    dotnet build Mover.slnx -c Release --nologo -v quiet "${ahead[@]}" || fail "the build failed."
  else
    for project in "${projects[@]}"; do
      dotnet build "$project" -c Release --nologo -v quiet "${ahead[@]}" || fail "the build of $project failed."
    done
  fi

  rm -rf "$results"/*.trx "$results"/user "$results"/squashed "$results/user" "$results/squashed"
  for project in "${projects[@]}"; do
    [[ $# -eq 0 && " ${waiting[*]} " == *" $project "* ]] || test_project "$project" || status=1
  done
  if [ $# -eq 0 ]; then
    local jobs=() job
    for project in "${waiting[@]}"; do
      test_project "$project" &
      jobs+=($!)
    done
    for job in "${jobs[@]}"; do
      wait "$job" || status=1
    done
  fi
  return $status
}

# The tests of the data's way once more, from the same build, with fewer rights: an ordinary user may not read, write and give away what
# root may, and root without four rights is what an export with root squash leaves of it. Each is told by its name and counts in the closing
# line. A test that needs more rights says so with Requires, and is named as skipped.
repeat_with_fewer_rights() {
  if [ "$(id -u)" != 0 ]; then
    say "skipped: the runs as an ordinary user (all of this is one) and as squashed root"
    return
  fi
  if setpriv --reuid nobody --regid nogroup --clear-groups test -r "$root/test.sh" -a -x "$(command -v dotnet)"; then
    run_with "as an ordinary user" user nobody:nogroup --reuid nobody --regid nogroup --clear-groups --no-new-privs <<'PARTS' || status=1
Mover.Transfer.Tests FullyQualifiedName!~ScaleTests
Mover.Volumes.Tests FullyQualifiedName~Volumes.Tests.Local
Mover.Cli.Tests FullyQualifiedName~CopyTests
PARTS
  else
    say "skipped: the run as an ordinary user (other users may not read $root)"
  fi
  run_with "as squashed root" squashed root:root --bounding-set -chown,-dac_override,-dac_read_search,-fowner <<'PARTS' || status=1
Mover.Volumes.Tests FullyQualifiedName~Volumes.Tests.Local
PARTS
}

# NAME FOLDER OWNER SETPRIV…: runs the projects and filters on standard input with a home of its own, by what setpriv makes of us.
run_with() {
  local name=$1 out="$results/$2" owner=$3 failed=0 started=$SECONDS project filter home
  shift 3
  home=$(mktemp -d /tmp/mover-rights-XXXXXX)
  mkdir -p "$home/tmp" "$home/results" "$out"
  chown -R "$owner" "$home"
  while read -r project filter; do
    env -i PATH="$PATH" LANG="${LANG:-C.UTF-8}" HOME="$home" TMPDIR="$home/tmp" DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
      MOVER_ROOT="$root" MOVER_AZURITE="$MOVER_AZURITE" MOVER_NODE_MODULES="$MOVER_NODE_MODULES" \
      setpriv "$@" dotnet vstest "test/$project/bin/Release/net10.0/$project.dll" --TestCaseFilter:"$filter" \
      --logger:"trx;LogFileName=$project.trx" --ResultsDirectory:"$home/results" </dev/null >"$out/$project.log" 2>&1 ||
      { failed=1; cat "$out/$project.log"; }
    cp "$home/results/$project.trx" "$out/" || failed=1
  done
  name_left_behind "$home/tmp"
  rm -rf "$home"
  say "$name: $(counters "$out"/*.trx) in $((SECONDS - started)) s"
  return $failed
}

# Prints "P passed, F failed, S skipped" of the .trx files given.
counters() {
  node -e '
    const fs = require("fs");
    let passed = 0, failed = 0, skipped = 0;
    for (const file of process.argv.slice(1)) {
      if (!fs.existsSync(file)) { failed++; continue; }
      for (const [, outcome] of fs.readFileSync(file, "utf8").matchAll(/<UnitTestResult [^>]*\boutcome="(\w+)"/g)) {
        if (outcome === "Passed") passed++; else if (outcome === "NotExecuted") skipped++; else failed++;
      }
    }
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);' "$@"
}

# FOLDER: says which folders of tests are still there. They are removed; more than LEFT_MIB_MAX MiB fail the run, which some disk would not
# have held.
LEFT_MIB_MAX=100
name_left_behind() {
  local left mib
  left=$(find "$1" -mindepth 1 -maxdepth 1 -name 'mover-*' -printf '%f\n' | sed -E 's/[A-Za-z0-9]{6}$/*/' | sort | uniq -c | xargs)
  [ -n "$left" ] || return 0
  mib=$(du -sm "$1" | cut -f1)
  say "left behind by tests, $mib MiB: $left"
  [ "$mib" -le "$LEFT_MIB_MAX" ] || status=1
}

name_skipped() {
  node -e '
    const fs = require("fs");
    for (const file of process.argv.slice(1).filter(f => fs.existsSync(f))) {
      for (const [tag] of fs.readFileSync(file, "utf8").matchAll(/<UnitTestResult [^>]*\boutcome="NotExecuted"[^>]*>/g)) {
        console.log("skipped: " + /testName="([^"]*)"/.exec(tag)[1]);
      }
    }' "$@"
}

mkdir -p "$results"
require_tools
# Everything temporary in one folder, so that what a test leaves behind is seen, and does not fill the disk.
temporary=$(mktemp -d /tmp/mover-tests-XXXXXX)
chmod 1777 "$temporary"
trap 'rm -rf "$temporary"' EXIT
provision_debian
provision_npm
provision_etcd
export_environment
status=0
run_tests "$@" || status=$?
name_left_behind "$temporary"
[ $# -gt 0 ] || repeat_with_fewer_rights
[ -z "${CI:-}" ] || dotnet build-server shutdown >/dev/null 2>&1 || true
name_skipped "$results"/*.trx "$results"/*/*.trx
shopt -s nullglob
total=$(counters "$results"/*.trx "$results"/*/*.trx)
case "$total" in *" 0 failed"*) ;; *) status=1 ;; esac
case "$total" in "0 passed"*) status=1 ;; esac
echo "$total"
exit $status
