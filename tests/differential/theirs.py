"""What tshark says of a capture: by session, the lines of both sides and the fields of TLS."""
import hashlib
import ipaddress
import subprocess

SEPARATOR = "\x1f"
FIELDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "smtp.command_line", "smtp.response.code",
          "smtp.rsp.parameter", "tls.handshake.type", "tls.handshake.version", "tls.handshake.extensions.supported_version",
          "tls.handshake.ciphersuite", "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str",
          "tls.handshake.ja3", "tls.handshake.ja3s", "tls.handshake.random", "tls.handshake.certificate", "smtp.req.command")
RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"  # RFC 8446, section 4.1.3
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = "1", "2", "11"
PORTS = (25, 465, 587)
VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1.0", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}


def of_mail(both):
    """Whether one end is on a port that is mail's to tshark: other protocols are another comparison."""
    return any(port in PORTS for _, port in both)


def number_of(both):
    """The number that replay has put into the addresses."""
    parts = both[0][0]
    return parts[1] << 15 | (parts[2] << 8 | parts[3]) >> 1


def ends(*both):
    """The two ends of a session whichever spoke first, each by its port and the last four octets of its address, which tell
    whose it is in both versions of IP."""
    return tuple(sorted((ipaddress.ip_address(address).packed[-4:], port) for address, port in both))


class Session:
    def __init__(self):
        self.commands, self.codes, self.answers = [], [], []
        self.tls = {}
        self.certificates = []

    def keep(self, field, value):
        self.tls.setdefault(field, value)


def _take_tls(session, row):
    types = row["tls.handshake.type"]
    if CLIENT_HELLO in types:
        session.keep("ja3", row["tls.handshake.ja3"][0] if row["tls.handshake.ja3"] else None)
        session.keep("sni", ",".join(row["tls.handshake.extensions_server_name"]) or None)
        session.keep("alpn", ",".join(row["tls.handshake.extensions_alpn_str"]) or None)
    versions = row["tls.handshake.extensions.supported_version"] or row["tls.handshake.version"]
    if SERVER_HELLO in types and CLIENT_HELLO not in types and RETRY not in row["tls.handshake.random"] and versions:
        session.keep("version", VERSIONS.get(int(versions[0], 16), versions[0]))
        session.keep("cipher", int(row["tls.handshake.ciphersuite"][0], 16))
        session.keep("ja3s", row["tls.handshake.ja3s"][0] if row["tls.handshake.ja3s"] else None)
        if row["tls.handshake.extensions_alpn_str"]:
            session.tls["alpn"] = ",".join(row["tls.handshake.extensions_alpn_str"])
    if CERTIFICATE in types and row["tls.handshake.certificate"]:
        session.certificates += [hashlib.sha256(bytes.fromhex(one.replace(":", ""))).hexdigest()
                                 for one in row["tls.handshake.certificate"]]


def _take(sessions, row):
    both = ends(((row["ip.src"] or row["ipv6.src"])[-1], int(row["tcp.srcport"][-1])),
                ((row["ip.dst"] or row["ipv6.dst"])[-1], int(row["tcp.dstport"][-1])))
    session = sessions.setdefault(both, Session())
    session.commands += [line.removesuffix("\\n").removesuffix("\\r") for line in row["smtp.command_line"]]
    session.codes += row["smtp.response.code"]
    session.answers += row["smtp.rsp.parameter"]
    _take_tls(session, row)


def sessions(capture):
    """By their ends, those of which tshark says something of SMTP or TLS."""
    fields = [word for field in FIELDS for word in ("-e", field)]
    done = subprocess.run(["tshark", "-n", "-2", "-r", capture, "-o", "tcp.try_heuristic_first:FALSE", "-T", "fields", "-E",
                           "separator=/t", "-E", "occurrence=a", "-E", f"aggregator={SEPARATOR}", *fields, "-Y", "tcp"],
                          capture_output=True, check=True)
    found = {}
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        values = line.split("\t")
        if len(values) == len(FIELDS):
            _take(found, {field: value.split(SEPARATOR) if value else [] for field, value in zip(FIELDS, values)})
    return {both: one for both, one in found.items() if of_mail(both) and (one.commands or one.answers or one.tls)}
