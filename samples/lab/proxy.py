#!/usr/bin/env python3
"""A middle box that rewrites what it passes on, as inspecting firewalls and attackers do.

It listens with the server's address in one namespace and dials from the client's address and
port in another, so captures of both cables show the same flow.
What both say is rewritten until TLS or a message body begins; from then on bytes pass as they are.

usage: proxy.py LISTEN-NAMESPACE DIAL-NAMESPACE ADDRESS PORT TAMPER
"""
import ctypes
import os
import socket
import sys
import threading

import other
import tampers

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
TAMPERS = {**tampers.TAMPERS, **other.TAMPERS}


def enter_namespace(name):
    """Sockets that this thread opens from now on live there."""
    handle = os.open(f"/run/netns/{name}", os.O_RDONLY)
    if LIBC.setns(handle, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"setns {name}")
    os.close(handle)


class Connection:
    """One client and the server behind it."""

    def __init__(self, client, server, tamper):
        self.client, self.server, self.tamper = client, server, tamper
        self.clear = True  # both directions are still lines of a dialogue
        self.asked_body = False

    def run(self):
        back = threading.Thread(target=self.from_server, daemon=True)
        back.start()
        self.from_client()
        back.join()

    def from_client(self):
        held = b""
        while data := receive(self.client):
            held += data
            if held[:1] == b"\x16":
                self.clear = False
            while self.clear:
                line, held = self.tamper.cut(held)
                if not line:
                    break
                self.client_line(line)
            if not self.clear:
                send(self.server, held)
                held = b""
        close(self.server)

    def client_line(self, line):
        self.asked_body = line.strip().upper() == b"DATA"
        onward, back = self.tamper.client(line)
        send(self.server, onward)
        send(self.client, back)

    def from_server(self):
        held, reply = b"", []
        while data := receive(self.server):
            held, onward = held + data, b""
            while self.clear:
                line, held = self.tamper.cut(held)
                if not line:
                    break
                reply.append(line)
                if self.tamper.ends(line):
                    onward += self.server_reply(reply)
                    reply = []
            if not self.clear:
                onward, held = onward + held, b""
            send(self.client, onward)
        close(self.client)

    def server_reply(self, reply):
        if self.asked_body and reply[-1].startswith(b"354"):
            self.clear = False
        return b"".join(self.tamper.reply(reply))


def receive(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def send(connection, data):
    try:
        connection.sendall(data)
    except OSError:
        pass


def close(connection):
    try:
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, peer, dial, address, port, tamper):
    enter_namespace(dial)
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(peer)
    server.connect((address, port))
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Connection(client, server, TAMPERS[tamper]()).run()


def main(listen, dial, address, port, tamper):
    enter_namespace(listen)
    listener = socket.create_server((address, int(port)))
    while True:
        client, peer = listener.accept()
        threading.Thread(
            target=serve, args=(client, peer, dial, address, int(port), tamper), daemon=True
        ).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
