"""What crosses the cables: replayed captures, real servers and clients, and talks led word by word."""
import base64
import os
import re
import socket
import ssl
import subprocess
import sys
import threading

import certificates
import servers
from place import (CLIENT, SERVER, SERVER_SIX, SERVER_TWO, Failed, check, wait_for)

ACCOUNT, PASSWORD = "ada@example.net", "correct-horse-battery"


def feed(here, path, *options):
    """tcpreplay a capture into the mirror port; how many frames it sent."""
    if not options:
        options = ("--pps", "20000")
    said = here.feeder.sh("tcpreplay", "-i", "feed0", *options, path)
    sent = re.search(r"Successful packets:\s+(\d+)", said)
    failed = re.search(r"Failed packets:\s+(\d+)", said)
    check(sent and failed and int(failed[1]) == 0, f"tcpreplay: {said[-500:]}")
    return int(sent[1])


def feed_aside(here, path, *options):
    """The same without waiting for it."""
    process = here.feeder.start("tcpreplay", "-i", "feed0", *(options or ("--pps", "20000")), path,
                                log=f"{here.work}/tcpreplay.log")
    here.at_end(lambda: (process.poll() is None and process.kill(), process.wait()))
    return process


def arrived(interface="mirror0"):
    """Frames that came out at the mirror port: the kernel may have dropped some on the cable itself."""
    with open("/proc/net/dev", encoding="ascii") as file:
        for line in file:
            name, _, counts = line.partition(":")
            if name.strip() == interface:
                return int(counts.split()[1])
    raise Failed(f"no interface {interface}")


def mail_server(here, folder):
    """Postfix on ports 25, 465 and 587 of both cables, with STARTTLS, and logins in clear allowed."""
    authority = certificates.Authority(f"{folder}/authority")
    pair = authority.issue("mail.example.net", self_signed=True)
    settings = {"mynetworks": "127.0.0.0/8 192.0.2.0/24 198.51.100.0/24 [2001:db8:1::]/64"}
    server = servers.postfix(here.here, folder, ports=(25, 465, 587), certificate=pair,
                             accounts={ACCOUNT: PASSWORD}, **settings)
    here.at_end(server.stop)
    return server


LOGIN = ("--auth", "PLAIN", "--auth-user", ACCOUNT, "--auth-password")
TALKS = (  # server, options of swaks
    (SERVER, ("--tls",)),
    (SERVER, ()),
    (SERVER, ("--pipeline",)),
    (SERVER, ("--port", "587", *LOGIN, PASSWORD)),
    (SERVER, ("--port", "587", *LOGIN, "wrong-horse")),
    (SERVER, ("--port", "587", "--tls", *LOGIN, PASSWORD)),
    (SERVER, ("--port", "465", "--tls-on-connect", *LOGIN, PASSWORD)),
    (SERVER, ("--from", "refused@")),
    (SERVER, ("--quit-after", "EHLO")),
    (SERVER, ("--tls", "--tls-protocol", "tlsv1_2")),
)
TALKS_TWO = (
    (SERVER_TWO, ("--tls",)),
    (SERVER_TWO, ("--port", "587", *LOGIN, PASSWORD)),
)


SIX = f"""
import smtplib, ssl
lax = ssl.create_default_context()
lax.check_hostname, lax.verify_mode = False, ssl.CERT_NONE
with smtplib.SMTP('{SERVER_SIX}', 25, 'client.example.org', timeout=10) as mail:
    mail.starttls(context=lax)
    mail.sendmail('ada@example.org', 'bob@example.net', 'Subject: six')
"""


def swaks(here, server, options):
    """One session of a real client, whatever comes of it."""
    with subprocess.Popen(
        here.client.command("swaks", "--server", server, "--helo", "client.example.org", "--from", "ada@example.org",
                            "--to", "bob@example.net", "--timeout", "10", *options),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
    ) as client:
        return client.communicate(timeout=30)[0]


def talk_all(here, talks):
    for server, options in talks:
        said = swaks(here, server, options)
        check("220 " in said or "TLS started" in said, f"swaks {server} {options}: {said[-500:]}")


def talk_by_ipv6(here):
    here.client.sh(sys.executable, "-c", SIX)


def mirror(here, cable, port):
    """Copies every frame of a cable, in both directions, to a mirror port, as a switch does."""
    everything = 3  # ETH_P_ALL
    seen = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    seen.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
    seen.bind((cable, everything))
    copies = here.socket_in(here.feeder, socket.AF_PACKET, socket.SOCK_RAW, 0)
    copies.bind((port, 0))
    over = threading.Event()
    seen.settimeout(0.2)

    def copy():
        while not over.is_set():
            try:
                copies.send(seen.recv(65536))
            except TimeoutError:
                pass

    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    here.at_end(lambda: (over.set(), thread.join(), seen.close(), copies.close()))


class Recorder:
    """tcpdump on an interface, beside a sensor."""

    def __init__(self, here, interface, path, expression="tcp"):
        self.path, log = path, path + ".log"
        self.process = here.here.start(
            "tcpdump", "-Z", "root", "-U", "--immediate-mode", "-B", "131072", "--time-stamp-precision=nano",
            "-i", interface, "-w", path, *expression.split(), log=log)
        here.at_end(self._give_up)
        wait_for(lambda: "listening on" in _read(log), "tcpdump")

    def stop(self):
        self.process.send_signal(2)
        self.process.wait(10)
        said = _read(self.path + ".log")
        check("\n0 packets dropped by kernel" in said, f"tcpdump itself lost frames: {said}")
        return self.path

    def _give_up(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class Talk:
    """One connection across the cable, both ends of which say what a case tells them to, one after the other."""

    def __init__(self, here, port=2525):
        listener = socket.create_server((SERVER, port))
        self.client = here.socket_in(here.client)
        self.client.settimeout(5)
        self.client.bind((CLIENT, 0))
        self.client.connect((SERVER, port))
        self.server = listener.accept()[0]
        self.server.settimeout(5)
        listener.close()
        self.client_port = self.client.getsockname()[1]
        here.at_end(self.close)

    def says(self, speaker, text):
        """One end says a line or several; returns when the other end has them."""
        data = text.replace("\n", "\r\n").encode() + b"\r\n"
        ends = (self.server, self.client) if speaker == "S" else (self.client, self.server)
        ends[0].sendall(data)
        while data:
            got = ends[1].recv(len(data))
            check(got, "a talk broke off")
            data = data[len(got):]

    def tell(self, script):
        """Rows of `S: ...` and `C: ...`, as dialogue texts have them."""
        for row in script.strip().splitlines():
            self.says(row[0], row[3:])

    def begin_tls(self, certificate, key):
        """Both ends go on in TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        ends = []
        thread = threading.Thread(target=lambda: ends.append(context.wrap_socket(self.server, server_side=True)))
        thread.start()
        self.client = trusting.wrap_socket(self.client, server_hostname="mail.example.net")
        thread.join()
        check(ends, "no TLS between the ends of a talk")
        self.server = ends[0]

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


def plain(user=ACCOUNT, password=PASSWORD):
    """The initial response of AUTH PLAIN (RFC 4616)."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


GREETED = """
S: 220 mail.example.net ESMTP
C: EHLO client.example.org
S: 250-mail.example.net
S: 250-STARTTLS
S: 250 AUTH PLAIN LOGIN
"""
LOGGED_IN = GREETED + f"C: AUTH PLAIN {plain()}\nS: 235 2.7.0 Authentication successful\n"
UPGRADED = GREETED + "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n"


def fill(path, leave=0):
    """Fills the file system of `path` up, so that only so many bytes are left."""
    with open(path, "wb") as file:
        room = os.statvfs(path)
        blocks = room.f_bavail * room.f_frsize - leave
        try:
            while blocks > 0:
                blocks -= file.write(b"\0" * min(blocks, 1 << 16))
                file.flush()
        except OSError:
            pass
    if not os.path.exists(path):
        raise Failed(f"cannot fill {path}")
