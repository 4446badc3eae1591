#!/bin/sh
# Installs kube-apiserver and etcd in a directory, for tests with a real API server:
#   e2e/envtest.sh target/envtest && KUBEBUILDER_ASSETS=$PWD/target/envtest ./mvnw verify
# Builds kube-apiserver from the Go module k8s.io/kubernetes, which requires Go and takes about ten minutes. Unpacks etcd from Debian's
# etcd-server. Keeps existing files in the directory.
# Exit status: 0 if both exist, otherwise 1 with the reason.
set -eu
version=${KUBERNETES_VERSION:-1.34.2}
target=${1:?usage: e2e/envtest.sh DIRECTORY}
mkdir -p "$target"
target=$(cd "$target" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
fail() { echo "envtest: $1" >&2; exit 1; }

if [ ! -x "$target/etcd" ]; then
  if command -v etcd >/dev/null; then
    cp "$(command -v etcd)" "$target/etcd"
  else
    command -v apt-get >/dev/null || fail "found neither etcd nor apt-get; install etcd"
    (cd "$work" && apt-get download etcd-server >/dev/null 2>&1) || fail "apt-get cannot download etcd-server; install etcd"
    dpkg-deb -x "$work"/etcd-server_*.deb "$work/etcd"
    cp "$work/etcd/usr/bin/etcd" "$target/etcd"
  fi
fi

if [ ! -x "$target/kube-apiserver" ]; then
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || fail "Go is not installed; install it to build kube-apiserver"
  mkdir "$work/build"
  cd "$work/build"
  export GOTOOLCHAIN=local GOFLAGS=-mod=mod CGO_ENABLED=0
  # The module refers to its parts by path. Replaces them with their releases.
  source=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  [ -n "$source" ] || fail "cannot download k8s.io/kubernetes v$version; check KUBERNETES_VERSION and GOPROXY"
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
