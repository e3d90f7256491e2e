# A relay between a server and what it calls, which notes when each HTTP request began to pass.
# SPDX-License-Identifier: Apache-2.0
import re
import socket
import threading
import time

_REQUEST_LINE = re.compile(rb"\A(GET|POST|PUT|PATCH|DELETE) (\S+) HTTP/1\.1\r\n")
_CHUNK = 65536


class Relay:
    """Listens on a free port of 127.0.0.1 and passes everything on to `port` there."""

    def __init__(self, port):
        self._to = ("127.0.0.1", port)
        self._requests = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def seen_since(self, began):
        """[(monotonic seconds, method, path)] of requests that came after `began`."""
        with self._lock:
            return [request for request in self._requests if request[0] >= began]

    def _accept(self):
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                called = socket.create_connection(self._to)
            except OSError:
                caller.close()
                continue
            for end in (caller, called):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(caller, called, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(called, caller, False), daemon=True).start()

    def _pass(self, source, target, notes):
        try:
            while chunk := source.recv(_CHUNK):
                if notes:
                    self._note(chunk)
                target.sendall(chunk)
        except OSError:
            pass  # one end is gone, and so the other one
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it was already

    def _note(self, chunk):
        found = _REQUEST_LINE.match(chunk)
        if found:
            with self._lock:
                self._requests.append((time.monotonic(), found[1].decode(), found[2].decode()))
