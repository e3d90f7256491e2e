# A PostgreSQL of a test's own that may be stopped, started again, and reached through a proxy that
# reads along, changes what is said, and cuts. For the suites beside it.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import socket
import subprocess
import sys
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import throwaway_postgres  # noqa: E402 - the path comes first

CHUNK = 65536


class Proxy:
    """Between clients and a server on TCP. `on_request(link, bytes)` and `on_answer(link, bytes)` give
    what is passed on, or None: then the link is cut instead. A link is one client's."""

    class Link:
        def __init__(self, client, server):
            self.client, self.server = client, server
            self.marks = set()  # a test's own

        def cut(self):
            for end in (self.client, self.server):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it was cut from the other side

    def __init__(self, host, port):
        self.target = (host, port)
        self.on_request = self.on_answer = lambda _, data: data
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.links = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # stopped
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            link = self.Link(client, server)
            self.links.append(link)
            for source, sink, look in (
                (client, server, lambda *words: self.on_request(*words)),
                (server, client, lambda *words: self.on_answer(*words)),
            ):
                threading.Thread(
                    target=self._pass_on, args=(link, source, sink, look), daemon=True
                ).start()

    def _pass_on(self, link, source, sink, look):
        try:
            while data := source.recv(CHUNK):
                data = look(link, data)
                if data is None:
                    break
                sink.sendall(data)
        except OSError:
            pass  # one of the ends is gone
        link.cut()

    def stop(self):
        if self.listener.fileno() < 0:
            return  # it was stopped before
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for link in self.links:
            link.cut()
            link.client.close()
            link.server.close()


def with_place(url, **place):
    """The URL, with another host, port, user or option in its query."""
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    query.update({name: str(value) for name, value in place.items()})
    query = {name: value for name, value in query.items() if value != ""}
    return f"postgresql://{parts.netloc}{parts.path}?{urllib.parse.urlencode(query)}"


def start_cluster(test, prepare=None, settings=()):
    """On TCP, gone with the test. `prepare(cluster)`: before the server starts on its data."""
    cluster = throwaway_postgres.Cluster(tcp=True, settings=settings)
    test.addCleanup(cluster.remove)
    cluster.make()
    if prepare:
        prepare(cluster)
    cluster.resume()
    return cluster


def start_proxy(test, cluster):
    proxy = Proxy(cluster.host, cluster.port)
    test.addCleanup(proxy.stop)
    return proxy


class TableHolder:
    """Somebody's transaction that holds a table, a backup's for instance, until it is released."""

    def __init__(self, test, url, lock):
        self.process = subprocess.Popen(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--dbname", url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.stdin.close)
        self._say(f"BEGIN; LOCK TABLE {lock}; SELECT 'held';\n")
        test.assertIn("held", self.process.stdout.readline())

    def _say(self, sql):
        self.process.stdin.write(sql)
        self.process.stdin.flush()

    def release(self):
        self._say("ROLLBACK;\n")
