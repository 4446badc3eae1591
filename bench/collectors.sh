#!/bin/sh
# Sends single events to workers with different garbage collectors, alternating in one run. Requires wrk, and JAVA_HOME set to JDK 25.
# Usage: bench/collectors.sh [connections] [seconds] [rounds]
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
connections=${1:-64}
seconds=${2:-6}
rounds=${3:-3}
work=$(mktemp -d)
"${JAVA_HOME:-/none}/bin/java" -version 2>&1 | grep -q '"2[5-9]' || { echo "bench: JAVA_HOME is not a JDK 25; set JAVA_HOME to a JDK 25 or newer" >&2; exit 1; }
command -v wrk >/dev/null || { echo "bench: wrk is not installed; install it" >&2; exit 1; }

pids=
trap 'kill $pids 2>/dev/null || true; wait; rm -rf "$work"' EXIT
port=18200
for collector in Serial Parallel G1 Z; do
  FLOWCORE_SKIP_BUILD=1 FLOWCORE_JAVA_OPTIONS="-Xmx400m -XX:+Use${collector}GC" "$home/flowcore" up --resources "$home/examples/quickstart" \
    --data "$work/$collector" --port $port --management-port $((port + 1)) >"$work/$collector.log" 2>&1 &
  pids="$pids $!"
  until curl -fsS -o /dev/null http://127.0.0.1:$((port + 1))/observe/health/ready 2>/dev/null; do sleep 0.2; done
  port=$((port + 2))
done

run() { wrk -t 1 -c "$connections" -d "$2"s -s "$home/bench/post.lua" "http://127.0.0.1:$1/event/acme/shop/orders/order.placed" |
    sed -n 's/^RESULT //p'; }

for port in 18200 18202 18204 18206; do run $port 20 >/dev/null; done
round=1
while [ $round -le "$rounds" ]; do
  port=18200
  for collector in Serial Parallel G1 Z; do
    echo "$collector $(run $port "$seconds")"
    port=$((port + 2))
  done
  round=$((round + 1))
done
for pid in $pids; do awk '/VmHWM/ { printf "maximum resident size %d MiB\n", $2 / 1024 }' /proc/$pid/status; done
