"""Where live cases run: namespaces of their own, two cables, and what lies ready there.

The harness runs itself again in new network, mount, PID, IPC and UTS namespaces, furnished like the lab that records
the samples.  Sensors run in that network namespace.  `mail0` and `mail1` are cables to the namespace `client`, for
real servers and clients; `mirror0` and `mirror1` are mirror ports, into which captures are replayed from the namespace
`feeder`, and the traffic of the first two is copied.
"""
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import network
import world

MARK = "STARTTRACE_LIVE"
FULL = os.environ.get("LIVE_FULL") == "1"
USER, USER_ID = "nobody", 65534
SERVER, CLIENT = "192.0.2.25", "192.0.2.10"
SERVER_TWO, CLIENT_TWO = "198.51.100.25", "198.51.100.10"
SERVER_SIX, CLIENT_SIX = "2001:db8:1::25", "2001:db8:1::10"
CLONE_NEWNET = 0x40000000
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Skipped(Exception):
    """This place cannot make the conditions of a case."""


class Failed(Exception):
    """What was promised is not so."""


def check(condition, words):
    if not condition:
        raise Failed(words)


def wait_for(condition, what, seconds=10.0, step=0.05):
    """The first true value that the condition gives."""
    limit = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < limit, f"{what}: not within {seconds:g} s")
        time.sleep(step)


def unpack(build):
    """Postfix, unpacked for this run alone unless it is installed: as a package it would start a server here."""
    root = os.path.join(os.path.abspath(build), "tests", "postfix")
    if shutil.which("postfix", path=os.environ["PATH"] + ":/usr/sbin") or os.path.isdir(root):
        return root
    folder = root + ".new"
    os.makedirs(folder, exist_ok=True)
    fetch = ["apt-get", "download", "-qq", "postfix"]
    for command in (fetch, ["apt-get", "update", "-qq"], fetch):
        if shutil.which("apt-get") is None:
            return root
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        if command is fetch and done.returncode == 0:
            break
    for name in os.listdir(folder):
        if name.endswith(".deb"):
            subprocess.run(["dpkg", "-x", name, "."], cwd=folder, check=False)
            os.rename(folder, root)
            break
    return root


def prepare(build):
    """What worlds side by side share is made before them."""
    if os.geteuid() == 0 and world.MARK not in os.environ:
        os.environ[world.MARK] = unpack(build)


def enter(build):
    """Returns only inside the private world, with "", or with the reason why there can be none."""
    if os.environ.get(MARK):
        return ""
    if os.geteuid() != 0:
        return "needs root, for network namespaces and raw sockets"
    for tool in ("unshare", "ip", "mount", "nsenter", "ethtool"):
        if shutil.which(tool) is None:
            return f"needs {tool}"
    apart = ["unshare", "--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
    probe = "ip link add probe0 type veth peer name probe1 && mount -t tmpfs tmpfs /mnt"
    tried = subprocess.run([*apart, "sh", "-c", probe], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return "namespaces or veth pairs are not allowed here: " + tried.stderr.strip().replace("\n", "; ")
    os.environ[MARK] = "1"
    prepare(build)
    os.execvp("unshare", [*apart, sys.executable, *sys.argv])


def furnish():
    """The folder in memory where cases write, and why Postfix cannot run, or ""."""
    if os.path.exists("/usr/sbin/postfix") or os.path.isdir(os.environ[world.MARK]):
        try:
            return world.furnish(), ""
        except SystemExit as failure:
            lack = f"no overlay over /usr: {failure}"
    else:
        lack = "Postfix is neither installed nor to be had by apt-get download"
    if not os.path.ismount("/mnt"):
        world.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt")
    world.run("mount", "-t", "tmpfs", "tmpfs", "/run")
    os.makedirs("/mnt/work", exist_ok=True)
    return "/mnt/work", lack


class Here:
    """The namespace of the harness itself, in the manner of network.Node."""

    name = "here"

    def command(self, *command):
        return list(command)

    def sh(self, *command, **options):
        return world.run(*command, **options)

    start = network.Node.start
    listens = network.Node.listens
    connections = network.Node.connections


def cable(here_end, node, node_end, here_addresses=(), node_addresses=()):
    """A veth pair; no frame crosses it that a case did not send, ARP of the ends with addresses apart."""
    world.run("ip", "link", "add", here_end, "type", "veth", "peer", "name", node_end, "netns", node.name)
    for side, end, addresses in ((Here(), here_end, here_addresses), (node, node_end, node_addresses)):
        if not any(":" in address for address in addresses):
            side.sh("sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{end}/disable_ipv6 2>/dev/null || :")
        side.sh("ip", "link", "set", end, "up")
        side.sh("ethtool", "-K", end, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        for address in addresses:
            side.sh("sh", "-c", f"ip address add {address} dev {end} {'nodad' if ':' in address else ''} || :")


class Place:
    """What every case gets."""

    def __init__(self, binary, weave, build):
        self.weave, self.build = os.path.abspath(weave), os.path.abspath(build)
        self.work, self.no_postfix = furnish()
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        self.binary = shutil.copy(binary, f"{self.work}/starttrace")
        os.chmod(self.binary, 0o755)
        with open(binary, "rb") as program:
            words = program.read()
        self.sanitized = b"__asan_init" in words or b"__tsan_init" in words
        if self.sanitized:  # it looks for leaks by tracing itself, which a sensor forbids
            os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
        self.here, self.client, self.feeder = Here(), network.Node("client"), network.Node("feeder")
        world.run("ip", "link", "set", "lo", "up")
        cable("mail0", self.client, "eth0",
              (f"{SERVER}/24", f"{SERVER_SIX}/64"), (f"{CLIENT}/24", f"{CLIENT_SIX}/64"))
        cable("mail1", self.client, "eth1", (f"{SERVER_TWO}/24",), (f"{CLIENT_TWO}/24",))
        cable("mirror0", self.feeder, "feed0")
        cable("mirror1", self.feeder, "feed1")
        self._stamped = self._stamp_frames()
        self._endings, self._loads, self._serial = [], {}, 0

    def _stamp_frames(self):
        """As long as a socket somewhere wants time stamps, the kernel stamps each frame once, when it arrives: then
        two recorders on one mirror port agree on its time to the nanosecond.  (Not so on `mail0`: what TCP itself
        sends to a neighbour carries another kind of time, and each recorder makes its own.)"""
        keeper = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        keeper.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        return keeper

    def need(self, *tools):
        for tool in tools:
            if tool == "postfix" and self.no_postfix:
                raise Skipped(self.no_postfix)
            if shutil.which(tool) is None:
                raise Skipped(f"needs {tool}")

    def folder(self, name):
        """A fresh folder that the sensor's user can write into."""
        self._serial += 1
        path = f"{self.work}/{self._serial}-{name}"
        os.makedirs(path)
        os.chown(path, USER_ID, USER_ID)
        return path

    def number(self):
        self._serial += 1
        return self._serial

    def at_end(self, function, *arguments):
        """To be done when the case is over, however it ends; the last first."""
        self._endings.append((function, arguments))

    def clear(self):
        while self._endings:
            function, arguments = self._endings.pop()
            function(*arguments)

    def socket_in(self, node, *kind):
        """A socket that belongs to another network namespace; of TCP, unless asked otherwise."""
        made = []

        def make():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/run/netns/{node.name}", "rb") as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) == 0:
                    made.append(socket.socket(*(kind or (socket.AF_INET, socket.SOCK_STREAM))))

        thread = threading.Thread(target=make)  # a thread alone moves, and ends there
        thread.start()
        thread.join()
        check(made, f"no socket in {node.name}")
        return made[0]

    def load(self, sessions, first=0):
        """A capture of so many sessions, replayed from the samples with addresses of their own."""
        key = (sessions, first)
        if key not in self._loads:
            path = f"{self.work}/load-{sessions}-{first}.pcap"
            samples = sorted(
                f"{ROOT}/samples/{name}" for name in os.listdir(f"{ROOT}/samples") if name.endswith(".pcap")
            )
            world.run(f"{self.build}/tests/bench/replay", f"{sessions}+{first}", path, *samples)
            self._loads[key] = path
        return self._loads[key]
