#!/usr/bin/env python3
"""Records TLS handshakes between `openssl s_client` and `openssl s_server`, one file a flight.

record.py FOLDER writes FOLDER/NAME.c1, .s1, .c2, ...: what the client, then the server, then again the client
sent before the other one spoke.  Dialogue texts splice them in (`C< bytes/tls12.c1`).  The private keys are
thrown away; nothing in these sessions is worth decrypting.
"""
import os
import select
import socket
import subprocess
import sys
import tempfile
import time

FLIGHT_S = 0.25                 # silence that ends a flight
WIRE_PORT, SERVER_PORT = 44330, 44331
CLIENT_SAYS = [b"EHLO client.example.net\r\n", b"QUIT\r\n"]
SERVER_SAYS = [b"250 mail.example.com\r\n", b"221 2.0.0 Bye\r\n"]

# name, certificate, options of s_server, options of s_client
RECORDINGS = [
    ("tls12", "good", ["-tls1_2"], ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]),
    ("tls12-sentinel", "good", [], ["-tls1_2"]),
    ("tls12-from-13", "good", ["-tls1_2"], []),
    ("tls12-self-signed", "self", ["-tls1_2"], ["-tls1_2"]),
    ("tls12-expired", "expired", ["-tls1_2"], ["-tls1_2"]),
    ("tls12-static-rsa", "good", ["-tls1_2"], ["-tls1_2", "-cipher", "AES128-SHA"]),
    ("tls10", "good", ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
     ["-tls1", "-cipher", "ALL:@SECLEVEL=0"]),
    ("tls13", "good", ["-tls1_3"], []),
    ("tls13-retry", "good", ["-tls1_3", "-groups", "P-384"], ["-groups", "X25519:P-384"]),
    ("tls13-rejected", "self", ["-tls1_3"], ["-verify_return_error"]),
    ("tls12-rejected", "self", ["-tls1_2"], ["-tls1_2", "-verify_return_error"]),
    ("tls12-hostile", "hostile", ["-tls1_2"], ["-tls1_2"]),
    ("tls12-no-overlap", "good", ["-tls1_2"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"]),
]


# A self-signed certificate whose names are what a page or a terminal must not take at their word.
HOSTILE = r"/CN=\"><img src=x onerror=pwned()>/O=<script>pwned()<\/script>/OU=<\/style>&lt;{{7*7}} javascript:pwned()"
HOSTILE_NAMES = "DNS:<b onclick=pwned()>.example.com"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certificate(name, first, last, signer, subject="/CN=mail.example.com", names="DNS:mail.example.com"):
    """A key and a certificate, by default for mail.example.com, signed by `signer` or by itself."""
    with open(name + ".cnf", "w", encoding="ascii") as out:
        out.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\nserial=serial\n"
                  "default_md=sha256\npolicy=p\nx509_extensions=x\nunique_subject=no\n"
                  "[p]\ncommonName=supplied\norganizationName=optional\norganizationalUnitName=optional\n[x]\n"
                  + ("basicConstraints=critical,CA:TRUE\n" if name == "ca" else
                     f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n"))
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
            "-subj", subject)
    who = (["-selfsign", "-keyfile", name + ".key"] if signer is None else
           ["-cert", signer + ".pem", "-keyfile", signer + ".key"])
    openssl("ca", "-batch", "-notext", "-config", name + ".cnf", "-startdate", first,
            "-enddate", last, "-in", name + ".csr", "-out", name + ".pem", *who)


def certificates():
    open("index", "w", encoding="ascii").close()
    with open("serial", "w", encoding="ascii") as out:
        out.write("1001\n")
    certificate("ca", "20250101000000Z", "20350101000000Z", None, "/CN=Example Root")
    certificate("good", "20250601000000Z", "20260601000000Z", "ca")
    certificate("self", "20250601000000Z", "20260601000000Z", None)
    certificate("expired", "20240601000000Z", "20250601000000Z", "ca")
    certificate("hostile", "20240601000000Z", "20250601000000Z", None, HOSTILE, HOSTILE_NAMES)


class Relay:
    """Passes bytes between the two programs and keeps each flight."""

    def __init__(self):
        self.door = socket.create_server(("127.0.0.1", WIRE_PORT))

    def run(self, name, folder, talk):
        client = self.door.accept()[0]
        server = socket.create_connection(("127.0.0.1", SERVER_PORT))
        flights, last_side = [], None
        quiet_since = time.monotonic()
        while True:
            ready = select.select([client, server], [], [], FLIGHT_S)[0]
            if not ready and (not talk or time.monotonic() - quiet_since > 3):
                break
            if not ready:
                talk.pop(0)()
                continue
            try:
                data = ready[0].recv(65536)
            except ConnectionError:
                break
            if not data:
                break
            side = "c" if ready[0] is client else "s"
            if side != last_side:
                flights.append((side, b""))
            flights[-1] = (side, flights[-1][1] + data)
            last_side, quiet_since = side, time.monotonic()
            (server if ready[0] is client else client).sendall(data)
        client.close()
        server.close()
        count = {"c": 0, "s": 0}
        for side, data in flights:
            count[side] += 1
            with open(f"{folder}/{name}.{side}{count[side]}", "wb") as out:
                out.write(data)


def say(process, text):
    def act():
        try:
            process.stdin.write(text)
            process.stdin.flush()
        except BrokenPipeError:
            pass
    return act


PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def start_server(cert, options):
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", str(SERVER_PORT), "-cert", cert + ".pem",
         "-key", cert + ".key", "-quiet", *options], **PIPES)
    time.sleep(0.3)
    return server


def stop(process):
    process.stdin.close()
    process.terminate()
    process.wait()


def connect(relay, folder, name, server, options):
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{WIRE_PORT}", "-servername",
         "mail.example.com", "-quiet", *options], **PIPES)
    relay.run(name, folder, [say(client, CLIENT_SAYS[0]), say(server, SERVER_SAYS[0]),
                             say(client, CLIENT_SAYS[1]), say(server, SERVER_SAYS[1]),
                             client.terminate])
    stop(client)


def record(relay, folder, name, cert, server_options, client_options):
    server = start_server(cert, server_options)
    connect(relay, folder, name, server, client_options)
    stop(server)


def record_resumed(relay, work, folder):
    """A session that leaves a ticket, which is not kept, and the one that resumes it."""
    server = start_server("good", ["-tls1_2"])
    connect(relay, work, "first", server, ["-tls1_2", "-sess_out", "ticket"])
    connect(relay, folder, "tls12-resumed", server, ["-tls1_2", "-sess_in", "ticket"])
    stop(server)


def mark_downgraded(folder):
    """What a server with TLS 1.3 puts at the end of its random when it ends up with 1.2 (RFC 8446, 4.1.3)."""
    with open(folder + "/tls12-from-13.s1", "r+b") as hello:
        hello.seek(5 + 4 + 2 + 24)
        hello.write(b"DOWNGRD\x01")


def main():
    folder = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        certificates()
        relay = Relay()
        for recording in RECORDINGS:
            record(relay, folder, *recording)
        record_resumed(relay, work, folder)
        os.chdir(folder)
    mark_downgraded(folder)


if __name__ == "__main__":
    main()
