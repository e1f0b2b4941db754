#!/usr/bin/env bash
# The cost of starting programs: wall and CPU milliseconds and peak MiB of a help text, and of a server that starts and stops; medians,
# interleaved.
#
#   bench/start.sh PROGRAM…       [REPEATS=20]
set -euo pipefail
repeats=${REPEATS:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

note() { # PROGRAM SET: from GNU time's "wall user system rss"
  awk -v p="$1" -v s="$2" '{ printf "%s\t%s\t%d\t%d\t%d\n", p, s, $1 * 1000, ($2 + $3) * 1000, $4 / 1024 }' <(tail -1 "$work/time") >>"$work/results"
}

for ((n = 0; n < repeats; n++)); do
  for program in "$@"; do
    /usr/bin/time -f '%e %U %S %M' -o "$work/time" "$program" job-definition create --help >/dev/null
    note "$program" help
    # Until its line "ready URL": the reader leaves then, and the server is stopped.
    rm -rf "$work/data" && mkfifo "$work/pipe"
    MOVER_DATA="$work/data" /usr/bin/time -f '%e %U %S %M' -o "$work/time" \
      "$program" server --urls https://127.0.0.1:0 --log-level None >"$work/pipe" 2>"$work/error" &
    timed=$!
    read -r _ <"$work/pipe"
    pkill -TERM -P "$timed"
    wait "$timed" || { cat "$work/error" >&2; exit 1; }
    rm "$work/pipe"
    note "$program" server
  done
done

echo "| start | program | wall ms | CPU ms | peak MiB |"
echo "|---|---|---|---|---|"
for set in help server; do
  for program in "$@"; do
    median() { awk -F'\t' -v p="$program" -v s="$set" -v f="$1" '$1 == p && $2 == s { print $f }' "$work/results" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
    echo "| $set | $program | $(median 3) | $(median 4) | $(median 5) |"
  done
done
