"""What a scenario works with: network, servers, clients, recorder; and the list of scenarios."""
import base64
import os
import subprocess
import sys

import boxes
import captures
import certificates
import network
import servers
import suite
from world import HERE, run

SCENARIOS = {}
MESSAGE = """\
Date: Mon, 02 Mar 2026 09:00:00 +0000
From: Ada <ada@example.org>
To: Bob <bob@{domain}>
Subject: {subject}
Message-ID: <{identity}@client.example.org>

{body}
"""


def scenario(*facts, name=None, folder=""):
    """Register a scenario; a recording that lacks one of these byte strings is not kept.

    The folder is where in the suite its recordings go.
    """

    def register(function):
        SCENARIOS[name or function.__name__.replace("_", "-")] = (function, facts, folder)
        return function

    return register


def secret(word):
    """The one secret of the list that begins with this word."""
    with open(os.path.join(HERE, "secrets"), encoding="ascii") as listed:
        found = [line.strip() for line in listed if line.startswith(word)]
    if len(found) != 1:
        raise SystemExit(f"secrets: {len(found)} lines begin with {word}")
    return found[0]


def plain(user, password):
    """The initial response of AUTH PLAIN (RFC 4616)."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


class Lab:
    """One scenario's nodes, servers and certificates; `close` ends them all."""

    def __init__(self, name, work):
        self.name, self.folder = name, f"{work}/{name}"
        os.makedirs(self.folder)
        self.nodes, self.running, self.recorded, self.promises = {}, [], [], {}
        self._authority = None

    def close(self):
        for server in reversed(self.running):
            server.stop()
        for node in self.nodes.values():
            node.remove()

    # networks

    def node(self, name):
        self.nodes[name] = network.Node(name)
        return self.nodes[name]

    def direct(self):
        """client -- server"""
        client, server = self.node("client"), self.node("server")
        network.cable(client, "eth0", server, "eth0")
        client.plug("eth0", network.CLIENT_SIDE + network.RELAY_SIDE, 0x10)
        server.plug("eth0", network.SERVER_SIDE, 0x25)

    def through(self, tamper, address="198.51.100.25", port=25):
        """client -- (middle, outside) -- server, with the proxy in between"""
        client, middle, outside, server = (
            self.node(name) for name in ("client", "middle", "outside", "server")
        )
        network.cable(client, "eth0", middle, "eth0")
        network.cable(outside, "eth0", server, "eth0")
        client.plug("eth0", network.CLIENT_SIDE + network.RELAY_SIDE, 0x10)
        middle.plug("eth0", network.SERVER_SIDE, 0x01)
        outside.plug("eth0", network.CLIENT_SIDE + network.RELAY_SIDE, 0x02)
        server.plug("eth0", network.SERVER_SIDE, 0x25)
        command = [
            sys.executable,
            f"{HERE}/proxy.py",
            "middle",
            "outside",
            address,
            str(port),
            tamper,
        ]
        self.running.append(servers.Server(middle, f"{self.folder}/proxy.log", command, port))

    def bridged(self):
        """client -- (middle) -- server, with nothing between the two cables until `tamper`"""
        client, middle, server = (self.node(name) for name in ("client", "middle", "server"))
        network.cable(client, "eth0", middle, "inside")
        network.cable(middle, "outside", server, "eth0")
        client.plug("eth0", network.CLIENT_SIDE + network.RELAY_SIDE, 0x10)
        middle.plug("inside", (), 0x01)
        middle.plug("outside", (), 0x02)
        server.plug("eth0", network.SERVER_SIDE, 0x25)

    def tamper(self, *how, port=25):
        """Join the cables by a box that tampers so; returns what can be stopped."""
        log = f"{self.folder}/bridge-{how[0]}.log"
        command = (sys.executable, f"{HERE}/bridge.py", str(port), *how)
        box = Started(self.nodes["middle"].start(*command, log=log))
        self.running.append(box)
        network.wait_until(lambda: "ready" in network.read(log), f"bridge, see {log}")
        return box

    def translated(self):
        """client -- (router) -- server, where the router gives the client its own address"""
        client, router, server = (self.node(name) for name in ("client", "router", "server"))
        network.cable(client, "eth0", router, "inside")
        network.cable(router, "outside", server, "eth0")
        client.plug("eth0", network.CLIENT_SIDE + network.RELAY_SIDE, 0x10)
        server.plug("eth0", network.SERVER_SIDE, 0x25)
        for interface, addresses, mac in network.ROUTER_SIDES:
            router.plug(interface, (), mac)
            for address in addresses:
                router.sh("ip", "-4", "address", "add", address, "dev", interface)
        router.sh("sysctl", "-qw", "net/ipv4/ip_forward=1", "net/ipv4/conf/all/proxy_arp=1")
        router.sh("nft", network.MASQUERADE)

    def trunk(self, vlan):
        """client -- switch == tagged == switch -- server"""
        client, switch, server = self.node("client"), self.node("switch"), self.node("server")
        network.cable(client, "eth0", switch, "port1")
        network.cable(server, "eth0", switch, "port2")
        network.cable(switch, "trunk1", switch, "trunk2")
        client.plug("eth0", network.CLIENT_SIDE, 0x10)
        server.plug("eth0", network.SERVER_SIDE, 0x25)
        for number, interface in enumerate(("port1", "port2", "trunk1", "trunk2")):
            switch.plug(interface, (), 0xA0 + number)
        process = switch.start(
            sys.executable, f"{HERE}/trunk.py", str(vlan), log=f"{self.folder}/trunk.log"
        )
        self.running.append(Started(process))

    def capture(
        self, node="client", interface="eth0", suffix="", holds=(), lacks=(), part=False, **options
    ):
        """`holds` and `lacks` bind this file alone; a `part` is not kept by itself."""
        path = f"{self.folder}/{self.name}{suffix}.pcap"
        if not part:
            self.recorded.append(path)
            self.promises[path] = (holds, lacks)
        return network.Capture(self.nodes[node], interface, path, **options)

    def recording(self, suffix=""):
        """A capture that has ended, to be changed before it is kept."""
        return captures.Recording(f"{self.folder}/{self.name}{suffix}.pcap")

    def join(self, **suffixes):
        """Keep captures that ended as the interfaces of one file."""
        path = f"{self.folder}/{self.name}.pcapng"
        parts = {
            name: f"{self.folder}/{self.name}{suffix}.pcap" for name, suffix in suffixes.items()
        }
        captures.join(path, **parts)
        self.recorded.append(path)

    # servers

    @property
    def authority(self):
        if not self._authority:
            self._authority = certificates.Authority(f"{self.folder}/ca")
        return self._authority

    def certificate(self, name="mail.example.net", **options):
        return self.authority.issue(name, **options)

    def postfix(self, node="server", **settings):
        folder = f"{self.folder}/{node}"
        os.makedirs(folder, exist_ok=True)
        self.running.append(servers.postfix(self.nodes[node], folder, **settings))

    def exim(self, node="server", **settings):
        folder = f"{self.folder}/{node}"
        os.makedirs(folder, exist_ok=True)
        self.running.append(servers.exim(self.nodes[node], folder, **settings))

    def relay(self, **settings):
        """A Postfix beside the client that passes everything on to mx.example.com."""
        main = {
            "mydestination": "",
            "default_transport": "smtp",
            "relayhost": "[mx.example.com]",
            "smtp_bind_address": "192.0.2.25",
        }
        self.postfix("client", name="relay.example.org", **{**main, **settings})

    def exim_relay(self, option):
        """An Exim beside the client that passes everything on to mail.example.net."""
        self.exim(
            "client",
            name="relay.example.org",
            smarthost="mail.example.net",
            transport="interface = 192.0.2.25\n  " + option,
        )

    def dovecot(self, node="server", **settings):
        folder = f"{self.folder}/{node}"
        os.makedirs(folder, exist_ok=True)
        self.running.append(boxes.dovecot(self.nodes[node], folder, **settings))

    def serve(self, server, node="server", **settings):
        """Any other server, by the function that starts it."""
        folder = f"{self.folder}/{node}"
        os.makedirs(folder, exist_ok=True)
        self.running.append(server(self.nodes[node], folder, **settings))

    # clients

    def message(self, subject="Tide table", body="High water at noon.", domain="example.net"):
        text = MESSAGE.format(subject=subject, body=body, domain=domain, identity=self.name)
        return servers.write(f"{self.folder}/message", text)

    def client(self, *command, must=True, seconds=60, **options):
        """Run a client to its end; returns what it said."""
        done = subprocess.run(
            self.nodes["client"].command(*command),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            **{"stdin": subprocess.DEVNULL, **options},
        )
        with open(f"{self.folder}/client.log", "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}\nexit {done.returncode}\n")
        if must and done.returncode != 0:
            raise SystemExit(f"{self.name}: {command[0]}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def swaks(self, *options, server="198.51.100.25", to="bob@example.net", must=True, **message):
        return self.client(
            "swaks",
            "--server",
            server,
            "--ehlo",
            "client.example.org",
            "--from",
            "ada@example.org",
            "--to",
            to,
            "--data",
            "@" + self.message(domain=to.split("@")[1], **message),
            "--local-interface",
            "192.0.2.10",
            *options,
            must=must,
        )

    def curl(
        self, *options, url="smtp://mail.example.net/client.example.org", must=True, **message
    ):
        family = () if "-6" in options else ("-4",)
        return self.client(
            "curl",
            "-sS",
            "-v",
            *family,
            url,
            "--mail-from",
            "ada@example.org",
            "--mail-rcpt",
            "bob@example.net",
            "--crlf",
            "-T",
            self.message(**message),
            *options,
            must=must,
        )

    def msmtp(self, *options, must=True, **message):
        with open(self.message(**message), encoding="ascii") as text:
            return self.client(
                "msmtp",
                "-v",
                "--host=mail.example.net",
                "--source-ip=192.0.2.10",
                "--domain=client.example.org",
                "--from=ada@example.org",
                *options,
                "--",
                "bob@example.net",
                must=must,
                stdin=text,
            )

    def s_client(self, *options, say=("EHLO client.example.org", "QUIT"), must=True):
        """openssl s_client with STARTTLS; each line is said after a reply had time to come"""
        spoken = "; ".join(f"sleep 0.4; printf '%s\\r\\n' '{line}'" for line in say)
        command = " ".join(
            [
                "openssl",
                "s_client",
                "-quiet",
                "-connect",
                "198.51.100.25:25",
                "-starttls",
                "smtp",
                "-name",
                "client.example.org",
                *options,
            ]
        )
        return self.client("sh", "-c", f"({spoken}; sleep 0.4) | {command}", must=must)

    def talk(self, *steps, address="198.51.100.25", port=25, until=None, must=True):
        options = ("--until", until) if until else ()
        command = (sys.executable, f"{HERE}/talk.py", *options, address, str(port))
        return self.client(*command, *steps, must=must)

    def relay_mail(self, must=True, **message):
        """Hand a message to the relay in the client's node, which sends it on."""
        with open(self.message(**message), encoding="ascii") as text:
            return self.client(
                "msmtp",
                "--host=127.0.0.1",
                "--domain=client.example.org",
                "--from=ada@example.org",
                "--",
                "bob@example.com",
                must=must,
                stdin=text,
            )

    def wait_for(self, words, seconds=30, times=1):
        """Wait until the relay's log tells it, so many times."""
        logs = [f"{self.folder}/client/{log}" for log in ("postfix/maillog", "exim/mainlog")]
        network.wait_until(
            lambda: any(
                os.path.exists(log) and network.read(log).count(words) >= times for log in logs
            ),
            f"{self.name}: {words!r} in the relay's log",
            seconds,
        )


class Started:
    """A process that listens nowhere."""

    def __init__(self, process):
        self.process = process

    def stop(self):
        network.stop(self.process)


def record(name, work):
    """Record one scenario and put what it recorded into the suite; returns the file names."""
    function, facts, folder = SCENARIOS[name]
    lab = Lab(name, work)
    try:
        function(lab)
    finally:
        lab.close()
    for path in lab.recorded:
        holds, lacks = lab.promises.get(path, ((), ()))
        suite.check(path, (*facts, *holds), lacks)
    return [suite.publish(path, folder) for path in lab.recorded]
