# A small TCP service that greets whoever reaches it, on a port of loopback that clients forward to.
# SPDX-License-Identifier: Apache-2.0
import socket
import threading

GREETING = b"reached\n"


class Greeter:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return  # closed
            with caller:
                try:
                    caller.sendall(GREETING)
                except OSError:
                    pass  # gone again

    def close(self):
        self._listener.close()
