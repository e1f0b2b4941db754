#!/usr/bin/env bash
# The control plane on this machine, asked over https by wrk on the same cores: reads of one resource, then N resources created and listed
# page by page, with the server's memory. Over SQLite, or over etcd with M members on loopback and one disk.
#
#   bench/arm.sh [--resources N] [--seconds S] [--connections C] [--members M]
#
# Needs wrk, node, curl; Mover at $MOVER (else it is built); with --members etcd at $MOVER_ETCD, or where ./test.sh has put it.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
resources=100000 seconds=15 connections=16 members=0
while [ $# -gt 0 ]; do
    case $1 in
        --resources) resources=$2 ;;
        --seconds) seconds=$2 ;;
        --connections) connections=$2 ;;
        --members) members=$2 ;;
        *) sed -n '2,7p' "$0" >&2; exit 2 ;;
    esac
    shift 2
done
[ -n "${MOVER:-}" ] || "$root/mover" --version >/dev/null
mover=${MOVER:-$root/artifacts/mover/mover}
work=$(mktemp -d)
export MOVER_DATA=$work/server MOVER_BENCH_TOKEN=$work/token NODE_EXTRA_CA_CERTS=$work/server/tls/ca.pem
started=()
trap 'kill "${started[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
store=()
if [ "$members" != 0 ]; then
    etcd=${MOVER_ETCD:-$root/artifacts/etcd/usr/bin/etcd}
    cluster='' clients=''
    for ((at = 1; at <= members; at++)); do
        cluster+=${cluster:+,}m$at=http://127.0.0.1:$((23800 + at))
        clients+=${clients:+,}127.0.0.1:$((23700 + at))
    done
    for ((at = 1; at <= members; at++)); do
        "$etcd" --name "m$at" --data-dir "$work/m$at" --initial-cluster "$cluster" --log-level error \
            --listen-peer-urls "http://127.0.0.1:$((23800 + at))" --initial-advertise-peer-urls "http://127.0.0.1:$((23800 + at))" \
            --listen-client-urls "http://127.0.0.1:$((23700 + at))" --advertise-client-urls "http://127.0.0.1:$((23700 + at))" \
            >"$work/m$at.log" 2>&1 &
        started+=($!)
    done
    for ((at = 1; at <= members; at++)); do
        until [[ $(curl -sf "http://127.0.0.1:$((23700 + at))/health") == *true* ]]; do sleep 0.2; done
    done
    store=(--store "etcd://$clients")
fi
exec 3< <(exec "$mover" server --urls https://127.0.0.1:0 "${store[@]}" 2>"$work/log")
server=$!
started+=("$server")
read -r _ url <&3
umask 077
"$mover" token --data "$MOVER_DATA" >"$MOVER_BENCH_TOKEN"
export MOVER_SERVER=$url
subscription=$(curl -sf --cacert "$NODE_EXTRA_CA_CERTS" -H @<(printf 'Authorization: Bearer %s' "$(cat "$MOVER_BENCH_TOKEN")") \
    "$url/subscriptions?api-version=2022-12-01" | sed 's/.*"subscriptionId":"\([^"]*\)".*/\1/')
id=/subscriptions/$subscription/resourceGroups/bench/providers/Microsoft.StorageMover/storageMovers/bench
ask() {
    curl -sf -o /dev/null --cacert "$NODE_EXTRA_CA_CERTS" -H @<(printf 'Authorization: Bearer %s' "$(cat "$MOVER_BENCH_TOKEN")") \
        -H 'Content-Type: application/json' -X PUT -d '{"location":"eastus"}' "$url$1"
}
ask "/subscriptions/$subscription/resourceGroups/bench?api-version=2021-04-01"
ask "$id?api-version=2025-12-01"
rss() { awk '/VmHWM/ { h = $2 } /VmRSS/ { r = $2 } END { printf "%.0f MiB, peak %.0f MiB", r / 1024, h / 1024 }' "/proc/$server/status"; }

wrk -t1 -c"$connections" -d3 -s "$root/bench/arm/get.lua" "$url$id?api-version=2025-12-01" >/dev/null
for version in 2025-12-01 2026-05-01 2023-03-01; do
    echo "GET of a storage mover ($version), $connections connections: $(wrk -t1 -c"$connections" -d"$seconds" -s "$root/bench/arm/get.lua" \
        "$url$id?api-version=$version" | tail -1)"
done
echo "server: $(rss)"
node "$root/bench/arm/fill.mjs" "$url" "$id" "$MOVER_BENCH_TOKEN" "$resources"
echo "server: $(rss), state $(du -cm "$MOVER_DATA"/state.db "$work"/m*/member/snap/db 2>/dev/null | tail -1 | cut -f1) MiB"
