#!/bin/bash
# Runs the README's smallest migration as it stands there, on a machine of its own: private namespaces for network, mounts and processes,
# in which filer.example is this host, NFS and the control plane have their usual ports, and the account contosodata is Azurite's.
# What differs from the README: Azurite's address instead of Azure's, a SAS that is one, the exported folder instead of /srv/data, and
# waiting for "ready" after what runs in the background.
#
#   readme.sh README MOVER_DLL EXPORTED STATE GANESHA_SH COMPARE_MJS CONTAINER_MJS
#
# The environment holds MOVER_AZURITE and MOVER_NODE_MODULES. Needs root. Exit code 0 only when every line's is.
set -euo pipefail

if [ "${1:-}" != inside ]; then
    exec unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private "$0" inside "$@"
fi

shift
readme=$1 program=$2 exported=$3 state=$4 ganesha=$5 compare=$6 container=$7
key=$(printf 'contosodata, the stand-in of a key for an account' | base64 -w 0)
blobs=http://127.0.0.1:10000/contosodata

wait_for() { # TEXT FILE
    for _ in $(seq 600); do
        grep -q "$1" "$2" 2> /dev/null && return
        sleep 0.1
    done
    echo "no '$1' in $2:" >&2
    cat "$2" >&2
    exit 1
}

start() { # a command that prints "ready"
    local log="$state/$2.log"
    "$@" > "$log" 2>&1 &
    wait_for ready "$log"
}

# Ganesha looks its own address up, which fails on a host that has no address but loopback ones.
ip link set lo up
ip link add lan0 type veth peer name lan1
ip address add 192.0.2.1/24 dev lan0
ip link set lan0 up
ip link set lan1 up
{ cat /etc/hosts; echo '127.0.0.1 filer.example'; } > "$state/hosts"
mount --bind "$state/hosts" /etc/hosts
"$ganesha" "$exported" 2049 20048 "$state/ganesha" /projects < <(sleep infinity) > "$state/ganesha.out" 2>&1 &
AZURITE_ACCOUNTS="contosodata:$key" node "$MOVER_AZURITE" --blobHost 127.0.0.1 --blobPort 10000 --location "$state/blobs" \
    --disableTelemetry --skipApiVersionCheck --silent > "$state/azurite.out" 2>&1 &
wait_for ready "$state/ganesha.out"
wait_for 'successfully listens' "$state/azurite.out"
sas=$(node "$container" "$blobs" contosodata "$key" projects)

mkdir -p "$state/home" "$state/work"
export HOME="$state/home"
cd "$state/work"
printf '%s' "$key" > contosodata.key
printf '#!/bin/sh\nexec dotnet "%s" "$@"\n' "$program" > mover
chmod +x mover

awk '/^## The smallest real migration/ { on = 1; next } /^## / { on = 0 } on && /^```/ { code = !code; next } on && code' "$readme" | sed -E \
    -e 's|^\./mover (server\|agent run) &.*|start ./mover \1|' \
    -e "s|^(\./mover storage-account create .*)|\1 --blob-endpoint $blobs|" \
    -e "s|https://contosodata\.blob\.core\.windows\.net|$blobs|g" \
    -e "s|'sv=…'|'${sas//&/\\&}'|" \
    -e "s|/srv/data|$exported|g" > lines.sh
grep -q 'job-run watch' lines.sh && grep -q 'mover verify' lines.sh || { echo "the README has other lines than expected:" >&2; cat lines.sh >&2; exit 1; }
set -v
. ./lines.sh

# A container can be the source, too.
./mover copy "$blobs/projects" "$state/back"
./mover verify "$blobs/projects" "$state/back"
diff -r "$exported" "$state/back"
set +v
MOVER_SAS=$sas node "$compare" "$exported" "$blobs/projects"
