#!/usr/bin/env python3
"""A client that says exactly what it is told, mistakes included.

Each argument is one step: a line to send, with backslash escapes and a CRLF added; `=TEXT` sends
the text with escapes alone.  After every step a whole reply is read.

usage: talk.py ADDRESS PORT STEP...
"""
import socket
import sys


class Talk:
    def __init__(self, address, port):
        self.connection = socket.create_connection((address, int(port)), timeout=20)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held = b""

    def line(self):
        while b"\n" not in self.held:
            data = self.connection.recv(4096)
            if not data:
                return b""
            self.held += data
        line, _, self.held = self.held.partition(b"\n")
        return line

    def reply(self):
        while True:
            line = self.line()
            print("<", line.decode("latin-1"))
            if line[3:4] != b"-":
                return

    def step(self, step):
        print(">", step)
        text = step[1:] if step.startswith("=") else step + "\\r\\n"
        self.connection.sendall(text.encode("latin-1").decode("unicode_escape").encode("latin-1"))
        self.reply()


def main(address, port, *steps):
    talk = Talk(address, port)
    talk.reply()
    for step in steps:
        talk.step(step)
    talk.connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
