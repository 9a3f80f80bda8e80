#!/usr/bin/env python3
"""A client that says exactly what it is told, mistakes included.

Each argument is one step: a line to send, with backslash escapes and a CRLF added; `=TEXT` sends
the text with escapes alone.  After every step a whole reply is read: up to a line that has no hyphen behind
its code, or, given `--until`, up to where the expression matches.

usage: talk.py [--until EXPRESSION] ADDRESS PORT STEP...
"""
import re
import socket
import sys


class Talk:
    def __init__(self, address, port, until=None):
        self.until = until
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
        if self.until:
            self.matching()
            return
        while True:
            line = self.line()
            print("<", line.decode("latin-1"))
            if line[3:4] != b"-":
                return

    def matching(self):
        while not (found := re.search(self.until, self.held)):
            data = self.connection.recv(4096)
            if not data:
                return
            self.held += data
        print("<", self.held[: found.end()].decode("latin-1"))
        self.held = self.held[found.end() :]

    def step(self, step):
        print(">", step)
        text = step[1:] if step.startswith("=") else step + "\\r\\n"
        self.connection.sendall(text.encode("latin-1").decode("unicode_escape").encode("latin-1"))
        self.reply()


def main(*arguments):
    until = None
    if arguments[0] == "--until":
        until, arguments = arguments[1].encode(), arguments[2:]
    address, port, *steps = arguments
    talk = Talk(address, port, until)
    if not steps[0].startswith("=<"):  # XMPP's client is the first to speak
        talk.reply()
    for step in steps:
        talk.step(step)
    talk.connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
