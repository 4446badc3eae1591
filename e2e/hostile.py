#!/usr/bin/env python3
"""Sends a running worker what hostile clients send, without a key, and checks that it survives.

usage: e2e/hostile.py [CLIENT_PORT [MANAGEMENT_PORT]]     (default: 8080 8081, on 127.0.0.1)

Start the worker with little memory, so that a leak shows:
  FLOWCORE_JAVA_OPTIONS=-Xmx96m ./flowcore up

Exit status: 0 if every connection was closed in time and the worker still responds, 1 otherwise.
"""
import socket
import sys
import time
import urllib.request

HOST = "127.0.0.1"
MAX_ENDLESS_BYTES = 64 << 20
HALF_HEADS = 1_500
HEAD_DEADLINE_SECONDS = 12

CHUNKED = b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "a chunk of two gigabytes, to no resource": b"POST /nothing" + CHUNKED + b"7fffffff\r\n",
    "a chunk of two gigabytes, to the API description": b"GET /openapi.yaml" + CHUNKED + b"7fffffff\r\n",
    "a chunk of two gigabytes, to a webhook": b"POST /event/a/b/c/d" + CHUNKED + b"7fffffff\r\n",
    "an endless request line": b"GET /",
    "an endless header": b"GET / HTTP/1.1\r\nA: ",
    "an endless chunk extension": b"POST /nothing" + CHUNKED + b"1;",
    "an endless chunk size": b"POST /nothing" + CHUNKED + b"000",
    "an endless trailer": b"POST /nothing" + CHUNKED + b"0\r\nA: ",
}


def send_endlessly(port, beginning):
    """Returns how many bytes the worker let through before it closed the connection."""
    sent = 0
    piece = b"0" * 65_536
    with socket.create_connection((HOST, port), timeout=30) as connection:
        try:
            connection.sendall(beginning)
            while sent < MAX_ENDLESS_BYTES:
                connection.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
    return sent


def half_heads(port):
    """Returns how many connections with half a head are open after the deadline."""
    connections = []
    for _ in range(HALF_HEADS):
        try:
            connection = socket.create_connection((HOST, port), timeout=30)
            connection.sendall(b"GET / HTTP/1.1\r\nA: " + b"a" * 20_000)
            connections.append(connection)
        except OSError:
            pass
    responds(port)
    time.sleep(HEAD_DEADLINE_SECONDS)
    still_open = 0
    for connection in connections:
        connection.setblocking(False)
        try:
            connection.recv(4_096)
        except BlockingIOError:
            still_open += 1
        except OSError:
            pass
        connection.close()
    return still_open


def responds(port):
    with urllib.request.urlopen(f"http://{HOST}:{port}/openapi.yaml", timeout=10) as response:
        return response.status == 200


def main():
    client = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    management = int(sys.argv[2]) if len(sys.argv) > 2 else 8081
    failures = 0
    for port in (client, management):
        for name, beginning in ENDLESS.items():
            sent = send_endlessly(port, beginning)
            failed = sent >= MAX_ENDLESS_BYTES
            failures += failed
            print(f"{'FAILED' if failed else 'ok':6} port {port}: {name}: closed after {sent >> 20} MiB")
    still_open = half_heads(client)
    failures += still_open > 0
    print(f"{'FAILED' if still_open else 'ok':6} {HALF_HEADS} half heads: {still_open} open after {HEAD_DEADLINE_SECONDS} s")
    alive = responds(client)
    failures += not alive
    print(f"{'ok' if alive else 'FAILED':6} the worker responds afterwards")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
