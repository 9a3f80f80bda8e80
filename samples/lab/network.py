"""Namespaces, cables between them, and the recorder on a cable.

Every scenario gets fresh namespaces with addresses of the documentation ranges (RFC 5737, RFC
3849) and without a way out.  Offloading is off, so frames have the size and the checksums they
have on a real wire.
"""
import os
import signal
import subprocess
import time

from world import run

CLIENT_SIDE = ("192.0.2.10/24", "2001:db8:1::10/64")
RELAY_SIDE = ("192.0.2.25/24",)
SERVER_SIDE = ("198.51.100.25/24", "203.0.113.25/24", "2001:db8:2::25/64")
ROUTER_SIDES = (
    ("inside", ("192.0.2.1/24",), 0x01),
    ("outside", ("198.51.100.1/24", "203.0.113.1/24"), 0x02),
)
MASQUERADE = """\
table ip nat {
    chain leaving {
        type nat hook postrouting priority srcnat;
        oifname outside ip protocol tcp masquerade to :10240-20479
    }
}"""
# RFC 7042, section 2.1.2: hardware addresses for documentation
MAC = "00:00:5e:00:53:{:02x}"


class Node:
    """One network namespace."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.sh("ip", "link", "set", "lo", "up")
        for knob in ("all/accept_dad", "default/accept_dad", "all/autoconf", "default/autoconf"):
            self.sh("sysctl", "-qw", f"net/ipv6/conf/{knob}=0")

    def command(self, *command):
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *command]

    def sh(self, *command, **options):
        return run(*self.command(*command), **options)

    def start(self, *command, log, **options):
        with open(log, "ab") as output:
            return subprocess.Popen(
                self.command(*command),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **options,
            )

    def plug(self, interface, addresses, mac):
        """Bring one end of a cable up; every address is on it, whatever the subnet."""
        self.sh("ethtool", "-K", interface, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        self.sh("ip", "link", "set", interface, "address", MAC.format(mac), "up")
        for address in addresses:
            family = "-6" if ":" in address else "-4"
            nodad = ("nodad",) if ":" in address else ()
            self.sh("ip", family, "address", "add", address, "dev", interface, *nodad)
        if addresses:
            self.sh("ip", "-4", "route", "add", "default", "dev", interface)
            self.sh("ip", "-6", "route", "add", "default", "dev", interface)

    def listens(self, port):
        return bool(self.sh("ss", "-Hltn", f"sport = :{port}").strip())

    def connections(self):
        """The TCP connections that one end has not closed yet."""
        unclosed = ("established", "close-wait", "last-ack", "fin-wait-1", "fin-wait-2", "closing")
        states = [word for state in unclosed for word in ("state", state)]
        return self.sh("ss", "-Htn", *states).strip()

    def remove(self):
        run("ip", "netns", "del", self.name)


def cable(left, left_interface, right, right_interface):
    run(
        "ip",
        "link",
        "add",
        left_interface,
        "netns",
        left.name,
        "type",
        "veth",
        "peer",
        "name",
        right_interface,
        "netns",
        right.name,
    )


def wait_until(condition, what, seconds=20.0):
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise SystemExit(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


def stop(process):
    """End a process group that this lab started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Capture:
    """tcpdump on one interface, for the time of a `with` block."""

    SETTLE = 0.3  # seconds in which the last acknowledgement is written down
    PATIENCE = 8  # seconds in which both ends have closed

    def __init__(self, node, interface, path, expression="tcp", link_type=None):
        self.node, self.path = node, path
        # as one process, not one behind a wrapper: the interrupt must reach tcpdump itself
        self.command = [
            "tcpdump",
            "-U",
            "--immediate-mode",
            "-Z",
            "root",
            "-i",
            interface,
            "-w",
            path,
        ]
        if link_type:
            self.command += ["-y", link_type]
        self.command += expression.split()

    def __enter__(self):
        self.log = self.path + ".log"
        self.process = self.node.start(*self.command, log=self.log)
        wait_until(lambda: "listening on" in read(self.log), "tcpdump")
        return self

    def __exit__(self, *_):
        limit = time.monotonic() + self.PATIENCE
        while self.node.connections() and time.monotonic() < limit:
            time.sleep(0.05)
        time.sleep(self.SETTLE)
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
