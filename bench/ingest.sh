#!/bin/sh
# Sends single events to a worker and to a bare handler of the same server, alternating in one run. Requires wrk, and JAVA_HOME set to JDK 25.
# Usage: bench/ingest.sh [connections] [seconds] [rounds]
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
connections=${1:-64}
seconds=${2:-10}
rounds=${3:-3}
work=$(mktemp -d)
bare_port=18180
port=18181
"${JAVA_HOME:-/none}/bin/java" -version 2>&1 | grep -q '"2[5-9]' || { echo "bench: JAVA_HOME is not a JDK 25; set JAVA_HOME to a JDK 25 or newer" >&2; exit 1; }
command -v wrk >/dev/null || { echo "bench: wrk is not installed; install it" >&2; exit 1; }

java=$JAVA_HOME/bin/java
"${java}c" -d "$work/classes" -cp "$home/ingest-worker/target/lib/*" "$home/bench/BareHandler.java"
"$java" -Xmx512m -XX:+UseParallelGC -XX:+UseCompactObjectHeaders -cp "$work/classes:$home/ingest-worker/target/lib/*" BareHandler $bare_port >"$work/bare.log" 2>&1 &
bare=$!
FLOWCORE_JAVA_OPTIONS="-Xmx512m ${BENCH_JAVA_OPTIONS:-}" "$home/flowcore" up --resources "$home/examples/quickstart" \
  --data "$work/data" --port $port --management-port 18182 >"$work/worker.log" 2>&1 &
worker=$!
trap 'kill $bare $worker 2>/dev/null || true; wait; rm -rf "$work"' EXIT

until curl -fsS -o /dev/null http://127.0.0.1:18182/observe/health/ready 2>/dev/null &&
    curl -sS -o /dev/null http://127.0.0.1:$bare_port/ 2>/dev/null; do sleep 0.2; done

run() { wrk -t 1 -c "$connections" -d "$2"s -s "$home/bench/post.lua" "http://127.0.0.1:$1/event/acme/shop/orders/order.placed" |
    sed -n 's/^RESULT //p'; }

echo "warm-up"
run $bare_port 45 >/dev/null
run $port 45 >/dev/null
round=1
while [ $round -le "$rounds" ]; do
  echo "bare   $(run $bare_port "$seconds")"
  echo "worker $(run $port "$seconds")"
  round=$((round + 1))
done | tee "$work/results"
awk '$1 == "bare" { bare += $2 } $1 == "worker" { worker += $2 } END { printf "ratio %.2f\n", worker / bare }' "$work/results"
