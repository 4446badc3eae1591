#!/bin/sh
# Puts kube-apiserver and etcd into a folder, for the tests against a real API server:
#   e2e/envtest.sh target/envtest && KUBEBUILDER_ASSETS=$PWD/target/envtest ./mvnw verify
# kube-apiserver is built from the Go module k8s.io/kubernetes, which needs Go and some ten minutes; etcd comes from Debian's
# etcd-server. What lies in the folder already is kept.
# Exit status: 0 if both are there, 1 otherwise, with the reason.
set -eu
version=${KUBERNETES_VERSION:-1.34.2}
target=${1:?usage: e2e/envtest.sh FOLDER}
mkdir -p "$target"
target=$(cd "$target" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
fail() { echo "envtest: $1" >&2; exit 1; }

if [ ! -x "$target/etcd" ]; then
  if command -v etcd >/dev/null; then
    cp "$(command -v etcd)" "$target/etcd"
  else
    command -v apt-get >/dev/null || fail "neither etcd nor apt-get is here"
    (cd "$work" && apt-get download etcd-server >/dev/null 2>&1) || fail "apt-get can't download etcd-server"
    dpkg-deb -x "$work"/etcd-server_*.deb "$work/etcd"
    cp "$work/etcd/usr/bin/etcd" "$target/etcd"
  fi
fi

if [ ! -x "$target/kube-apiserver" ]; then
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || fail "Go is not here, which kube-apiserver is built with"
  mkdir "$work/build"
  cd "$work/build"
  export GOTOOLCHAIN=local GOFLAGS=-mod=mod CGO_ENABLED=0
  # The module refers to its parts by path. Their releases stand in for them.
  source=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  [ -n "$source" ] || fail "the Go proxy does not give k8s.io/kubernetes v$version"
  {
    echo "module envtest"
    sed -n '/^go /p; /^godebug/,/^)/p' "$source"
    echo "require k8s.io/kubernetes v$version"
    sed -n 's|^\t*\(k8s.io/[a-z-]*\) => ./staging/.*|replace \1 => \1 v0.'"${version#1.}"'|p' "$source"
  } >go.mod
  go build -trimpath -p "${ENVTEST_JOBS:-2}" \
    -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$(echo "$version" | cut -d. -f2)" \
    -o "$target/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver
fi
"$target/kube-apiserver" --version
"$target/etcd" --version | head -1
