#!/usr/bin/env python3
"""A middle box that rewrites SMTP, as inspecting firewalls and attackers do.

It listens with the server's address in one namespace and dials from the client's address and
port in another, so captures of both cables show the same flow.
Lines are rewritten until TLS or a message body begins; from then on bytes pass as they are.

usage: proxy.py LISTEN-NAMESPACE DIAL-NAMESPACE ADDRESS PORT TAMPER
"""
import ctypes
import os
import socket
import sys
import threading

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def enter_namespace(name):
    """Sockets that this thread opens from now on live there."""
    handle = os.open(f"/run/netns/{name}", os.O_RDONLY)
    if LIBC.setns(handle, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"setns {name}")
    os.close(handle)


class Tamper:
    """Passes everything on; the kinds of tampering below change single steps."""

    def client(self, line):
        """What the server gets for a client line, and what the client gets at once."""
        return line, b""

    def reply(self, reply):
        """What the client gets for a server reply, a list of lines."""
        return reply


def keyword(line):
    return line[4:].strip().upper()


class Strip(Tamper):
    """Remove the offer."""

    def reply(self, reply):
        kept = [line for line in reply if keyword(line) != b"STARTTLS"]
        kept[-1] = kept[-1][:3] + b" " + kept[-1][4:]
        return kept


class Mask(Tamper):
    """Overwrite offer and banner in place, as firewalls with an SMTP inspection engine do."""

    def __init__(self):
        self.greeted = False

    def reply(self, reply):
        if not self.greeted:
            self.greeted = True
            return [line[:4] + b"*" * (len(line) - 6) + b"\r\n" for line in reply]
        return [
            line[:4] + b"XXXXXXXA\r\n" if keyword(line) == b"STARTTLS" else line for line in reply
        ]


class Blank(Tamper):
    """Leave the offer, overwrite the command."""

    def client(self, line):
        return (b"XXXXXXXX\r\n" if line.strip().upper() == b"STARTTLS" else line), b""


class Refuse(Tamper):
    """Answer the command in the server's place."""

    def client(self, line):
        if line.strip().upper() == b"STARTTLS":
            return b"", b"454 4.7.0 TLS not available due to temporary reason\r\n"
        return line, b""


class Swallow(Tamper):
    """Agree in the server's place, and go on in clear."""

    def client(self, line):
        if line.strip().upper() == b"STARTTLS":
            return b"", b"220 2.0.0 Ready to start TLS\r\n"
        return line, b""


class InjectCommand(Tamper):
    """Put commands behind STARTTLS, in one segment with it."""

    def client(self, line):
        if line.strip().upper() == b"STARTTLS":
            line += b"RSET\r\nMAIL FROM:<mallory@example.org>\r\n"
        return line, b""


class InjectReply(Tamper):
    """Put a reply behind the one that agrees, in one segment with it."""

    def __init__(self):
        self.asked = False

    def client(self, line):
        self.asked = self.asked or line.strip().upper() == b"STARTTLS"
        return line, b""

    def reply(self, reply):
        if self.asked and reply[-1].startswith(b"220 "):
            self.asked = False
            return reply + [b"250-mail.example.net\r\n", b"250 AUTH PLAIN LOGIN\r\n"]
        return reply


TAMPERS = {
    "pass": Tamper,
    "strip": Strip,
    "mask": Mask,
    "blank": Blank,
    "refuse": Refuse,
    "swallow": Swallow,
    "inject-command": InjectCommand,
    "inject-reply": InjectReply,
}


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
            while self.clear and b"\n" in held:
                line, _, held = held.partition(b"\n")
                self.client_line(line + b"\n")
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
            held += data
            while self.clear and b"\n" in held:
                line, _, held = held.partition(b"\n")
                reply.append(line + b"\n")
                if line[3:4] != b"-":
                    self.server_reply(reply)
                    reply = []
            if not self.clear:
                send(self.client, held)
                held = b""
        close(self.client)

    def server_reply(self, reply):
        if self.asked_body and reply[-1].startswith(b"354"):
            self.clear = False
        send(self.client, b"".join(self.tamper.reply(reply)))


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
