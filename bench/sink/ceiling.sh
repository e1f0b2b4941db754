#!/usr/bin/env bash
# The sink's own limit, under a raw load generator on loopback, both on the same cores. Needs wrk and cc.
set -euo pipefail
cd "$(dirname "$0")"
make -s sink
exec 3< <(exec ./sink 0)
sink=$!
trap 'kill "$sink"' EXIT
read -r _ url <&3
root=${url%/account}
curl -sf -o /dev/null -X PUT "$url/ceiling?restype=container"
cpu() { awk '{ print ($14 + $15) / 100 }' "/proc/$sink/stat"; }
for connections in 16 32 64; do
    before=$(cpu)
    line=$(wrk -t1 -c"$connections" -d5 -s put.lua "$root" | awk '/requests in/ { n = $1 } /Requests\/sec/ { r = $2 } END { print n, r }')
    after=$(cpu)
    read -r count rate <<<"$line"
    awk -v c="$connections" -v n="$count" -v r="$rate" -v t="$(echo "$after $before" | awk '{ print $1 - $2 }')" \
        'BEGIN { printf "put 4 KiB, %d connections: %.0f/s, sink %.1f us CPU a request\n", c, r, t / n * 1e6 }'
done
before=$(cpu)
count=$(wrk -t1 -c4 -d5 -s block.lua "$root" | awk '/requests in/ { print $1 }')
after=$(cpu)
echo "$count $after $before" | awk '{ gb = $1 * 4194304 / 1e9; printf "blocks of 4 MiB, 4 connections: %.2f GB/s, sink %.2f CPU-s/GB\n", gb / 5, ($2 - $3) / gb }'
