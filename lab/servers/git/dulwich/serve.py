"""Serves the bare repositories below a folder over HTTP on a free port of the loopback interface, with Dulwich."""

import sys
from os import fsdecode
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dulwich.server import FileSystemBackend, ReceivePackHandler
from dulwich.web import make_wsgi_chain


class Repositories(FileSystemBackend):
    """Takes a URL's path for a path below its folder, where its base takes it for one of the machine."""

    def open_repository(self, path):
        return super().open_repository(fsdecode(path).lstrip("/"))


class ReceivePack(ReceivePackHandler):
    """Takes pushes from shallow clones, which begin with lines that its base takes for updates."""

    def __init__(self, backend, args, proto, **options) -> None:
        super().__init__(backend, args, proto, **options)
        read = proto.read_pkt_line

        def read_update():
            line = read()
            while line is not None and line.startswith(b"shallow "):
                line = read()
            return line

        proto.read_pkt_line = read_update


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each connection, because clients keep theirs open."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """Looks up no names of clients, which can take seconds."""

    def address_string(self) -> str:
        return self.client_address[0]


server = make_server(
    "127.0.0.1",
    0,
    make_wsgi_chain(Repositories(sys.argv[1]), handlers={b"git-receive-pack": ReceivePack}),
    server_class=Server,
    handler_class=Handler,
)
print(f"listening on port {server.server_port}", flush=True)
server.serve_forever()
