#!/bin/sh
# Measures events per second and the cost per event with one, two and three workers on three Cassandra nodes, all on this machine.
# Requires JAVA_HOME set to JDK 25, and Java 17 for the nodes. Each line takes BENCH_SECONDS (default: 15).
set -eu
cd "$(dirname "$0")/.."
: "${JAVA_HOME:?set JAVA_HOME to a JDK 25}"
classpath=$(mktemp)
./mvnw -q -pl crds,e2e/cassandra,ingest-worker test-compile dependency:build-classpath \
  -Dmdep.outputFile="$classpath" -Dmdep.includeScope=test >/dev/null
cd ingest-worker
exec "$JAVA_HOME/bin/java" -Xmx512m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Dlogback.configurationFile=logback-test.xml \
  -Dcassandra.optimized=true "-Dbench.seconds=${BENCH_SECONDS:-15}" \
  -cp "target/test-classes:target/classes:$(cat "$classpath")" io.flowcore.worker.cluster.ClusterBench
