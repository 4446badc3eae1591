#!/usr/bin/env python3
"""Sends a running worker what hostile clients send, and checks that it survives.

usage: e2e/hostile.py [CLIENT_PORT [MANAGEMENT_PORT]]     (default: 8080 8081, on 127.0.0.1)

Start the worker with little memory, so that a leak shows:
  FLOWCORE_JAVA_OPTIONS=-Xmx96m ./flowcore up

The first attacks need no key. For those of one key against another, the worker needs two keys of one data core, which both have the
permissions "ingest" and "fetch":
  ATTACKER_KEY=fc_... VICTIM_KEY=fc_... EVENT_TYPE=acme/shop/orders/order.placed e2e/hostile.py

Exit status: 0 if every connection was closed in time, the victim was served and the worker still responds; 1 otherwise.
"""
import json
import os
import socket
import sys
import time
import urllib.error
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


def stall(port, key, url, headers, beginning):
    """Sends the beginning of a request and leaves the connection open."""
    connection = socket.create_connection((HOST, port), timeout=5)
    try:
        connection.sendall(f"POST {url} HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n{headers}\r\n".encode() + beginning)
    except OSError:
        pass  # rejected: the key has used its share
    return connection


def stalled_requests(port, key, event_type):
    """Stalls uploads and batches, ever smaller ones, which would use the memory to the last kilobytes."""
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + b"x" * 100_000
    headers = "Content-Length: 100000000\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    connections = [stall(port, key, f"/file/{event_type}", headers, form) for _ in range(60)]
    for count, size, announced in ((11, 5 << 20, 8_000_000), (20, 600_000, 8_000_000), (30, 70_000, 100_000), (40, 1, 8_000)):
        beginning = b"[" + b" " * (size - 1)
        headers = f"Content-Length: {announced}\r\n"
        connections += [stall(port, key, f"/events/{event_type}", headers, beginning) for _ in range(count)]
    return connections


def ask(port, key, url, body=None):
    """Returns the status and the body of a response."""
    request = urllib.request.Request(
        f"http://{HOST}:{port}{url}", data=body, headers={"Authorization": key, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def events_url(port, key, event_type):
    """Stores 12 MB of events; returns the URL of the query that returns them."""
    tenant, core, flow, name = event_type.split("/")
    batch = json.dumps([{"a": "x" * 60_000}, {"a": "y" * 60_000}]).encode()
    for _ in range(100):
        status, body = ask(port, key, f"/events/{event_type}", batch)
        if status != 200:
            raise SystemExit(f"the batch was answered with {status}: {body!r}")
    found = lambda path: json.loads(ask(port, key, path)[1])[0]["id"]
    core_id = found(f"/api/v1/data-cores?tenant={tenant}&name={core}")
    flow_id = found(f"/api/v1/flow-types?dataCoreId={core_id}&name={flow}")
    type_id = found(f"/api/v1/event-types?flowTypeId={flow_id}&name={name}")
    hours = json.loads(ask(port, key, f"/api/v1/time-buckets?eventTypeId={type_id}")[1])["timeBuckets"]
    return f"/api/v1/events?eventTypeId={type_id}&timeBucket={hours[-1]}"


def unread_responses(port, key, url):
    """Asks for events 60 times and reads no response."""
    connections = []
    for _ in range(60):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect((HOST, port))
        connection.sendall(f"GET {url} HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
        connections.append(connection)
    time.sleep(1)
    return connections


def one_key_against_another(port):
    """Yields the name of each attack, and whether all requests of the victim were answered with 200."""
    attacker, victim = os.environ["ATTACKER_KEY"], os.environ["VICTIM_KEY"]
    event_type = os.environ["EVENT_TYPE"]
    event = json.dumps({"a": "x" * 20_000}).encode()
    connections = stalled_requests(port, attacker, event_type)
    statuses = [ask(port, victim, f"/event/{event_type}", event)[0] for _ in range(50)]
    yield f"stalled uploads and batches of another key: {sorted(set(statuses))}", set(statuses) == {200}
    for connection in connections:
        connection.close()
    url = events_url(port, victim, event_type)
    connections = unread_responses(port, attacker, url)
    statuses = [ask(port, victim, url)[0] for _ in range(5)]
    yield f"unread responses of another key: {sorted(set(statuses))}", set(statuses) == {200}
    for connection in connections:
        connection.close()


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
    if "ATTACKER_KEY" in os.environ:
        for name, passed in one_key_against_another(client):
            failures += not passed
            print(f"{'ok' if passed else 'FAILED':6} {name}")
    else:
        print("skipped: attacks of one key against another; set ATTACKER_KEY, VICTIM_KEY and EVENT_TYPE")
    alive = responds(client)
    failures += not alive
    print(f"{'ok' if alive else 'FAILED':6} the worker responds afterwards")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
