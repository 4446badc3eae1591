#!/bin/sh
# Creates a small base image from the local JDK 25 and C library, as a tar that `docker load` and Jib can read:
#   images/base.sh images/target/base.tar && ./mvnw -Pimages -Dimages.base=tar://$PWD/images/target/base.tar -DskipTests package
# The image contains a Java runtime with the modules that Flowcore uses, the required libraries, and no shell. Requires Linux with glibc.
# Use it instead of the public base image, the default of -Pimages, if no registry is available.
set -eu
output=${1:?usage: images/base.sh FILE.tar}
mkdir -p "$(dirname "$output")"
output=$(cd "$(dirname "$output")" && pwd)/$(basename "$output")
java_home=${JAVA_HOME:?set JAVA_HOME to a JDK 25}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/opt" "$root/etc" "$root/tmp" "$root/var/lib/flowcore" "$root/app"

# The modules that `jdeps --print-module-deps` prints for the libraries, and modules that are loaded by name, such as elliptic curves for TLS.
# Additional charsets are not needed.
modules=java.base,java.compiler,java.desktop,java.instrument,java.logging,java.management,java.management.rmi,java.naming,java.net.http,java.rmi,java.scripting,java.security.jgss,java.security.sasl,java.sql,java.transaction.xa,java.xml,jdk.crypto.ec,jdk.httpserver,jdk.jfr,jdk.jcmd,jdk.management,jdk.net,jdk.unsupported,jdk.xml.dom,jdk.zipfs
"$java_home/bin/jlink" --add-modules "$modules" --output "$root/opt/java" --strip-debug --no-header-files --no-man-pages --compress zip-6

# Creates the class data archive of the runtime's own classes, which jlink omits. It halves the time until main starts.
"$root/opt/java/bin/java" -XX:+UseCompactObjectHeaders -Xshare:dump >/dev/null

# Copies the dynamic loader and the libraries to the paths where the loader searches. RocksDB needs the C++ libraries.
{
  for binary in "$root/opt/java/bin/java" "$root"/opt/java/lib/*.so "$root"/opt/java/lib/server/libjvm.so; do
    ldd "$binary" 2>/dev/null || true
  done
  ldconfig -p | sed -n 's/^.*\(libstdc++\.so\.6\|libgcc_s\.so\.1\) .*x86-64.* => \(.*\)$/\1 => \2 (0)/p; s/^.*\(libstdc++\.so\.6\|libgcc_s\.so\.1\) .*AArch64.* => \(.*\)$/\1 => \2 (0)/p'
} | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/lib/ { print $1 }' | sort -u | grep -v "^$root" | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

printf 'root:x:0:0:root:/:/sbin/nologin\nflowcore:x:10001:10001:flowcore:/var/lib/flowcore:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nflowcore:x:10001:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
chown 10001:10001 "$root/var/lib/flowcore" 2>/dev/null || true

tar --sort=name --mtime=@0 --numeric-owner -C "$root" -cf "$work/layer.tar" .
digest=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
case $(uname -m) in aarch64) architecture=arm64 ;; *) architecture=amd64 ;; esac
cat >"$work/config.json" <<EOF
{"architecture":"$architecture","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Env":["PATH=/opt/java/bin","JAVA_HOME=/opt/java","LANG=C.UTF-8"]},"rootfs":{"type":"layers","diff_ids":["sha256:$digest"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"images/base.sh"}]}
EOF
printf '[{"Config":"config.json","RepoTags":["flowcore/base:local"],"Layers":["layer.tar"]}]' >"$work/manifest.json"
tar --mtime=@0 -C "$work" -cf "$output" manifest.json config.json layer.tar
echo "$output: $(($(stat -c %s "$output") / 1048576)) MiB"
