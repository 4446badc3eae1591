#!/bin/sh
# Archives many events with a heap of 256 MiB, then reads them back by query and, as a baseline, with zstd -dc. Requires wrk, zstd and curl,
# and JAVA_HOME set to JDK 25.
# Usage: [BENCH_HOURS=1] bench/archive.sh [events] [rounds]
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
events=${1:-10000000}
rounds=${2:-3}
work=$(mktemp -d)
port=18191
"${JAVA_HOME:-/none}/bin/java" -version 2>&1 | grep -q '"2[5-9]' || { echo "bench: JAVA_HOME is not a JDK 25; set JAVA_HOME to a JDK 25 or newer" >&2; exit 1; }
for tool in wrk zstd curl; do
  command -v $tool >/dev/null || { echo "bench: $tool is not installed; install it" >&2; exit 1; }
done
BENCH_DAY=$(date -u -d '2 days ago' +%F)
export BENCH_DAY
FLOWCORE_JAVA_OPTIONS="-Xmx256m ${BENCH_JAVA_OPTIONS:-}" "$home/flowcore" up --resources "$home/examples/quickstart" \
  --data "$work/data" --port $port --management-port 18192 --archive-every 5 >"$work/worker.log" 2>&1 &
worker=$!
trap 'kill $worker 2>/dev/null || true; wait; rm -rf "$work"' EXIT
metric() { curl -fsS http://127.0.0.1:18192/observe/metrics | awk -v name="$1" '$1 == name { printf "%.0f\n", $2 }'; }
until [ -n "$(metric flowcore_ingest_events_total 2>/dev/null || true)" ]; do sleep 0.5; done

started=$(date +%s)
while [ "$(metric flowcore_ingest_events_total)" -lt "$events" ]; do
  wrk -t 1 -c 4 -d 5s -s "$home/bench/batch.lua" "http://127.0.0.1:$port/events/acme/shop/orders/order.placed" >/dev/null
done
stored=$(metric flowcore_ingest_events_total)
echo "ingested $stored events in $(($(date +%s) - started)) s"
until [ "$(metric flowcore_archive_events_total)" -ge "$stored" ]; do sleep 1; done
echo "archived $(metric flowcore_archive_events_total) events $(($(date +%s) - started)) s after the start, in" \
  "$(metric flowcore_archive_segments_total) segments, $(metric flowcore_archive_compactions_total) compactions; maximum resident size" \
  "$(awk '/VmHWM/ { printf "%d MiB", $2 / 1024 }' /proc/$worker/status)"
until [ "$(metric flowcore_store_expired_events_total)" -ge "$stored" ]; do sleep 1; done

find "$work/data/archive" -name '*.ndjson.zst' >"$work/segments"
echo "the archive contains $(xargs zstd -dc <"$work/segments" | wc -l) lines"

"$JAVA_HOME/bin/java" "$home/bench/ReadArchive.java" $port "$work/segments" "$rounds"
