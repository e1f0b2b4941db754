#!/usr/bin/env bash
# Copies the same trees with Mover, AzCopy and rclone to the null sink, interleaved, and prints the medians as a table.
#
#   bench/transfer.sh [--files N] [--large GIB] [--repeats N] [--tools "mover azcopy rclone"] [--work DIR] [--open-ms MS]
#
# mover-net is the program at $MOVER_NET, such as one built with MOVER_NATIVE=no, to compare with the native one.
# --open-ms adds that delay to each opening of a file, as on a disk or a share that is slower than memory; needs strace.
# Each tool runs as tuned as we know how (see README.md). Needs cc, GNU time, curl; AzCopy at $MOVER_AZCOPY, Mover at $MOVER (else it is built).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
files=100000 large=8 repeats=3 tools="mover azcopy rclone" work=${TMPDIR:-/tmp}/mover-bench open_ms=0
while [ $# -gt 0 ]; do
    case $1 in
        --files) files=$2 ;;
        --large) large=$2 ;;
        --repeats) repeats=$2 ;;
        --tools) tools=$2 ;;
        --work) work=$2 ;;
        --open-ms) open_ms=$2 ;;
        *) sed -n '2,8p' "$0" >&2; exit 2 ;;
    esac
    shift 2
done
mover=${MOVER:-$root/artifacts/mover/mover}
azcopy=${MOVER_AZCOPY:-azcopy}
sas='sv=2022-11-02&ss=b&srt=sco&sp=rwdlacup&se=2099-01-01T00%3A00%3A00Z&sig=c2luaw%3D%3D'
mkdir -p "$work"
results=$work/results.tsv
: >"$results"

make_small() { # a share as people have it: projects, folders of some tens of files, 4 KiB each
    local at=$work/small count=0
    [ -e "$work/small-is-$files" ] && return
    rm -rf "$at" && mkdir -p "$at"
    head -c $((4096 * 1000)) /dev/urandom >"$work/block"
    while [ "$count" -lt "$files" ]; do
        local folder
        folder=$(printf '%s/project-%03d/year-%d/folder-%02d' "$at" $((count / 2500)) $((2020 + count / 500 % 5)) $((count / 50 % 10)))
        mkdir -p "$folder"
        split -b 4096 -a 2 -d --additional-suffix=.dat <(tail -c +$((count % 950 * 4096 + 1)) "$work/block" | head -c $((4096 * 50))) "$folder/file-$((count / 50))-"
        count=$((count + 50))
    done
    rm -f "$work"/small-is-* && touch "$work/small-is-$files"
}

make_large() {
    local at=$work/large/one.bin
    [ "$(stat -c %s "$at" 2>/dev/null || echo 0)" = $((large << 30)) ] && return
    mkdir -p "$work/large"
    head -c $((64 << 20)) /dev/urandom >"$work/block"
    for ((i = 0; i < large * 16; i++)); do cat "$work/block"; done >"$at"
}

run() { # tool, work: the command's words in $command
    local tool=$1 set=$2 state=$work/state/$1
    mkdir -p "$state/tmp"
    [ "$open_ms" = 0 ] || command=(strace -f --seccomp-bpf -qq -o /dev/null -e trace=openat,openat2
        -e "inject=openat,openat2:delay_enter=$((open_ms * 1000))" "${command[@]}")
    HOME=$state TMPDIR=$state/tmp XDG_STATE_HOME=$state XDG_DATA_HOME=$state XDG_CACHE_HOME=$state \
        AZCOPY_LOG_LOCATION=$state AZCOPY_JOB_PLAN_LOCATION=$state AZCOPY_CONCURRENCY_VALUE=${AZCOPY_CONCURRENCY_VALUE:-32} AZCOPY_DISABLE_SYSLOG=true \
        AZCOPY_SHOW_PERF_STATES= /usr/bin/time -f '%e %U %S %M' -o "$work/time" "${command[@]}" >"$work/out-$tool-$set" 2>&1 \
        || { echo "$tool failed on $set:" >&2; tail -5 "$work/out-$tool-$set" >&2; exit 1; }
    local wall user system rss left stats
    read -r wall user system rss < <(tail -1 "$work/time")
    left=$(du -sb --apparent-size "$state" | cut -f1)
    stats=$(curl -sf "$origin/stats")
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$tool" "$set" "$wall" "$(echo "$user $system" | awk '{ print $1 + $2 }')" "$rss" "$left" "$stats" >>"$results"
    echo "$tool $set: ${wall} s, ${rss} KiB, $stats" >&2
}

copy() { # tool, set, source
    local tool=$1 set=$2 source=$3 url
    url="$account/$container?$sas"
    case $tool in
        mover) command=("$mover" copy "$source" "$url") ;;
        mover-net) command=("${MOVER_NET:?}" copy "$source" "$url") ;;
        azcopy)
            if [ "$set" = again ]; then
                command=("$azcopy" sync "$source" "$url" --from-to LocalBlob --skip-version-check --log-level NONE)
            else
                command=("$azcopy" copy "$source/*" "$url" --recursive --from-to LocalBlob --skip-version-check --check-length=false --log-level NONE)
            fi
            ;;
        rclone)
            command=(rclone copy "$source" ":azureblob:$container" --azureblob-sas-url "$account?$sas" --transfers 32 --checkers 32
                --azureblob-disable-checksum --azureblob-no-head-object --azureblob-chunk-size 8M --azureblob-upload-concurrency 16)
            ;;
    esac
    run "$tool" "$set"
}

make -s -C "$root/bench/sink" sink
# Built now, with the caller's own HOME and packages; the wrapper would build again when a source changes between two runs.
[[ " $tools " != *" mover "* || -n "${MOVER:-}" ]] || "$root/mover" --version >/dev/null
make_small
make_large
exec 3< <(exec "$root/bench/sink/sink" 0)
sink=$!
trap 'kill "$sink" 2>/dev/null' EXIT
read -r _ account <&3
origin=${account%/account}
for ((n = 1; n <= repeats; n++)); do
    for tool in $tools; do
        container=$tool-$n
        rm -rf "$work/state/$tool"
        curl -sf -o /dev/null "$origin/reset"
        curl -sf -o /dev/null -X PUT "$account/$container?restype=container"
        copy "$tool" small "$work/small"
        copy "$tool" again "$work/small"
        rm -rf "$work/state/$tool"
        curl -sf -o /dev/null "$origin/reset"
        copy "$tool" large "$work/large"
    done
done

echo "| work | tool | wall s | items/s | CPU µs/item | GB/s | CPU-s/GB | peak RSS MiB | left on disk KiB |"
echo "|---|---|---|---|---|---|---|---|---|"
for set in small again large; do
    for tool in $tools; do
        median() { awk -F'\t' -v t="$tool" -v s="$set" -v f="$1" '$1 == t && $2 == s { print $f }' "$results" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
        awk -v t="$tool" -v s="$set" -v w="$(median 3)" -v c="$(median 4)" -v r="$(median 5)" -v l="$(median 6)" -v n="$files" -v g="$large" 'BEGIN {
            gb = g * 1.073741824
            if (s == "large") printf "| one %d GiB file | %s | %.1f | | | %.2f | %.2f | %.0f | %.0f |\n", g, t, w, gb / w, c / gb, r / 1024, l / 1024
            else printf "| %s | %s | %.1f | %.0f | %.0f | | | %.0f | %.0f |\n", (s == "small" ? n " x 4 KiB" : "again, unchanged"), t, w, n / w, c / n * 1e6, r / 1024, l / 1024
        }'
    done
done
