"""What the measurements share: a running server, programs that print JSON, the page of results."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import re
import selectors
import signal
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
START_DEADLINE = 30  # seconds, as the others
STOP_DEADLINE = 30


class Failure(Exception):
    """Something that makes the measurement worthless; its text is for people."""


class Server:
    """`muster serve` on a free port, for a with statement. `settings`: more of its environment."""

    def __init__(self, program, data, log, settings=None):
        self.command = [program, "serve", "--data", data, "--listen", "127.0.0.1:0"]
        self.log = log
        self.settings = settings or {}

    def __enter__(self):
        environment = {
            "PATH": os.environ["PATH"],
            "MUSTER_RATE_LIMITS": "off",
            "MUSTER_NETWORK": "simulated",
            "MUSTER_SIMULATED_JOIN_DELAY": "0ms",
            **self.settings,
        }
        began = time.perf_counter()
        self.process = subprocess.Popen(self.command, env=environment, stdout=subprocess.PIPE,
                                        stderr=self.log)
        try:
            line = self._first_line()
            self.cold_start_ms = (time.perf_counter() - began) * 1000
            found = re.match(r"listening on (http://\S+)$", line)
            if not found:
                raise Failure(f"muster serve said {line!r}")
        except BaseException:
            self._stop()
            raise
        self.url = found[1]
        return self

    def __exit__(self, kind, *_):
        status = self._stop()
        if status != 0 and kind is None:
            raise Failure(f"muster serve ended with {status}")

    def _first_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(START_DEADLINE):
                raise Failure("muster serve is silent")
        return self.process.stdout.readline().decode().rstrip("\n")

    def _stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.process.stdout.close()

    def resident_mib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", text, re.MULTILINE)[1]) / 1024

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def group_counters(self):
        text = self.get("/metrics")
        names = ("muster_store_writes_total", "muster_store_commits_total")
        found = [re.search(rf"^{name} (\S+)$", text, re.MULTILINE) for name in names]
        if not all(found):
            raise Failure(f"/metrics lacks {' or '.join(names)}")
        return [float(one[1]) for one in found]

    def sign_in(self, email, password, anon_key):
        request = urllib.request.Request(
            self.url + "/auth/v1/token?grant_type=password",
            data=json.dumps({"email": email, "password": password}).encode(),
            headers={"apikey": anon_key, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["access_token"]


def run_json(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=600,
                          **options)
    if done.returncode != 0:
        raise Failure(f"{pathlib.Path(command[0]).name} failed with {done.returncode}")
    return json.loads(done.stdout)


def verdict(passed):
    return "yes" if passed else "**no**"


def rewrite_page(name, text, file=PAGE):
    """Puts `text` between the page's lines `measured NAME: begin` and `end`."""
    markers = [f"<!-- measured {name}: {part} -->" for part in ("begin", "end")]
    page = file.read_text(encoding="utf-8") if file.exists() else ""
    begin, end = (page.find(marker) for marker in markers)
    if not 0 <= begin < end:
        raise Failure(f"{file} lacks the lines {markers[0]} and {markers[1]}")
    file.write_text(f"{page[:begin]}{markers[0]}\n{text}\n{page[end:]}", encoding="utf-8")
