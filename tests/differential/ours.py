"""What starttrace says of a capture, in the same form."""
import json
import os
import re
import sqlite3
import subprocess

from theirs import Session, ends, of_mail

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROW = """SELECT s.session_id, client_ip, client_port, server_ip, server_port, tls_version, tls_cipher, tls_sni, tls_alpn, tls_ja3,
    tls_ja3s, lines FROM v_session AS s JOIN dialogue USING (session_id) ORDER BY s.first_frame"""
SUITE = re.compile(r"^(SUITE|SUITE_13)\(0x(\w{4}), (?:(\w+), )?(\w+)\)", re.M)


def _ciphers():
    """Numbers of the suites by their names, from the table that the program is built with."""
    with open(f"{ROOT}/dissectors/tls_ciphers.def", encoding="ascii") as file:
        return {f"TLS_{exchange}_WITH_{protection}" if exchange else f"TLS_{protection}": int(number, 16)
                for _, number, exchange, protection in SUITE.findall(file.read())}


def _take_line(session, line, state):
    """One line of a dialogue: the lines of a capability list belong to the reply that began it."""
    _, _, side, kind, text = line[:5]
    if kind in ("command", "text") and side == "C" and text != "<redacted>":  # an answer to a challenge is no command to tshark
        session.commands.append(text)
    elif kind == "capability":
        session.answers += [text] if text else []
        state["goes_on"] = False  # what follows the list is another reply
    elif kind == "answer":
        code, mark, words = text[:3], text[3:4], text[4:]
        if not state.get("goes_on"):
            session.codes.append(code)
        session.answers += [words] if words else []  # one without text has no field there
        state["goes_on"] = mark == "-"


def sessions(binary, capture, work):
    database = f"{work}/ours.db"
    for name in os.listdir(work):
        if name.startswith("ours.db"):
            os.unlink(f"{work}/{name}")
    subprocess.run([binary, "read", "-d", database, capture], check=True, capture_output=True)
    connection = sqlite3.connect(database)
    ciphers, found = _ciphers(), {}
    for number, client, client_port, server, server_port, version, cipher, sni, alpn, ja3, ja3s, lines in connection.execute(ROW):
        session = found.setdefault(ends((client, client_port), (server, server_port)), Session())
        state = {}
        for line in json.loads(lines):
            _take_line(session, line, state)
        for field, value in (("version", version), ("cipher", ciphers.get(cipher, cipher)), ("sni", sni), ("alpn", alpn),
                             ("ja3", ja3), ("ja3s", ja3s)):
            if value is not None:
                session.keep(field, value)
        session.certificates += [digest for digest, in connection.execute(
            "SELECT certificate_sha256 FROM v_certificate WHERE session_id = ? ORDER BY position", (number,))]
    connection.close()
    return {both: one for both, one in found.items() if of_mail(both)}
