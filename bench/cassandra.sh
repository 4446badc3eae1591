#!/bin/sh
# Events a second with one, two and three workers on three Cassandra nodes, all on this machine, and what an event costs.
# Needs the project built (./mvnw -DskipTests package) and a Java 17 for the nodes. bench.seconds for each line: SECONDS=15.
set -eu
cd "$(dirname "$0")/../ingest-worker"
: "${JAVA_HOME:?set JAVA_HOME to a JDK 25}"
classpath=$(mktemp)
../mvnw -q -pl ../ingest-worker -f ../pom.xml -am dependency:build-classpath -Dmdep.outputFile="$classpath" -Dmdep.includeScope=test >/dev/null
exec "$JAVA_HOME/bin/java" -Xmx512m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Dlogback.configurationFile=logback-test.xml \
  -Dcassandra.optimized=true "-Dbench.seconds=${SECONDS:-15}" \
  -cp "target/test-classes:target/classes:../crds/target/test-classes:$(cat "$classpath")" io.flowcore.worker.cluster.ClusterBench
