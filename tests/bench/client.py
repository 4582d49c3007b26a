"""One scrape, timed from the first byte sent to the last one received, with as little of the client in it as possible.

A library that takes a page of 40 MB apart in small pieces, and the chunked coding of some exporters at that, would measure
itself. So: a plain socket, one connection for each scrape, closed by the server at the end, read into one large buffer.
Every exporter is treated alike, and none is given the benefit of a connection that is already open.
"""

import math
import re
import socket
import threading
import time
import urllib.request

# What Prometheus 2.42 sends.
ACCEPT = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
LONG = 120  # seconds; far beyond any scrape that could be called one


def scrape(port, compressed):
    """Seconds that a scrape took. Anything but a complete 200 is an error."""
    request = (
        f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {ACCEPT}\r\n"
        f"Accept-Encoding: {'gzip' if compressed else 'identity'}\r\nConnection: close\r\n\r\n"
    ).encode()
    buffer = bytearray(1 << 20)
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=LONG) as connection:
        connection.sendall(request)
        first = connection.recv_into(buffer)
        if not buffer.startswith(b"HTTP/1.1 200"):
            raise OSError(f"the exporter answered {bytes(buffer[:min(first, 40)])!r}")
        while connection.recv_into(buffer):
            pass
    return time.perf_counter() - began


def concurrently(port, number):
    """Scrapes at one time: the seconds of the slowest, and how many failed."""
    took = []

    def one():
        try:
            took.append(scrape(port, False))
        except OSError:
            pass

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(took, default=math.inf), number - len(took)


def page(port, compressed=False):
    """The body as it came over the wire; None if it was to be compressed and is not."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics")
    if compressed:
        request.add_header("Accept-Encoding", "gzip")
    with urllib.request.urlopen(request, timeout=LONG) as response:
        if compressed and response.headers["Content-Encoding"] != "gzip":
            return None
        return response.read()


def series(body):
    """How many samples a page has."""
    return sum(1 for line in body.splitlines() if line and not line.startswith(b"#"))


def is_about_a_server(body):
    """Whether the page says that a server is up, and so is more than the exporter's own state."""
    return re.search(rb"^pg_up(\{[^\n]*\})? 1(\.0)?$", body, re.MULTILINE) is not None
