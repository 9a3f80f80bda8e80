"""What is told, and when: at once, however long a session goes on."""
import json
import os
import socket
import threading
import time

import certificates
from cases import case
from frames import lone_segment
from place import check, wait_for
from sensor import Lines, Sensor, json_lines, of_action
from traffic import GREETED, LOGGED_IN, UPGRADED, Talk

PROMPT = 1.0  # seconds from the deciding frame to the line
SHOWN = 4.0  # seconds from TLS to the row


class Listener:
    """A Unix stream socket that reads JSON lines, with the moment of each."""

    def __init__(self, path):
        self.path = path
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(path)
        os.chmod(path, 0o777)
        self._door.listen(1)
        self.lines = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        self._guest = self._door.accept()[0]
        self.lines = Lines(self._guest.fileno())

    def having(self, *words):
        return self.lines.having(*words) if self.lines else []


@case()
def at_once(here):
    """A login in clear is told with the server's answer, on the terminal, in a file and over a socket."""
    folder = here.folder("at-once")
    listener = Listener(f"{folder}/socket")
    out, end = os.pipe()
    sensor = Sensor(here, "--json-file", f"{folder}/lines.json", "--json-socket", listener.path,
                    interfaces=["mail0"], folder=folder)
    Sensor(here, interfaces=["mail0"], stdout=end)
    os.close(end)
    terminal = Lines(out)
    talk = Talk(here)
    talk.tell(LOGGED_IN)
    decided = time.monotonic()

    def told():
        lines = of_action(json_lines(f"{folder}/lines.json"), "finding")
        return [line for line in lines if line["finding"]["kind"] == "cred-plaintext-accepted"]

    first = wait_for(told, "the finding as a JSON line", 5, 0.01)[0]
    delay = time.monotonic() - decided
    check(delay < PROMPT, f"the JSON line took {delay:.2f} s")
    check(first["source"]["port"] == talk.client_port and first["destination"]["port"] == 2525,
          f"the line names other ends: {first}")
    over_socket = wait_for(lambda: listener.having("cred-plaintext-accepted"), "the line over the socket", 5)[0]
    check(over_socket[0] - decided < PROMPT, f"the socket took {over_socket[0] - decided:.2f} s")
    check(json.loads(over_socket[1])["session"]["id"] == first["session"]["id"], "two names of one session")
    shown = wait_for(lambda: terminal.having("192.0.2.10", "password") or terminal.having("192.0.2.10", "redential"),
                     f"the line on the terminal: {terminal.seen}", 5)[0]
    check(shown[0] - decided < PROMPT, f"the terminal took {shown[0] - decided:.2f} s")

    time.sleep(1)
    check(len(told()) == 1, "told more than once while the session goes on")
    talk.tell("C: QUIT\nS: 221 2.0.0 Bye")
    talk.close()
    wait_for(lambda: of_action(json_lines(f"{folder}/lines.json"), "session"), "the line of the session's end", 10)
    check(len(told()) == 1, "told again at the session's end")
    sensor.stop()
    rows = sensor.query("SELECT frame FROM v_finding WHERE kind = 'cred-plaintext-accepted'")
    check(rows == [(first["finding"]["frame"],)], f"the database has it in frames {rows}, the line {first['finding']}")


@case()
def among_others(here):
    """The same while other frames trickle in: no moment is quiet, and they are too few to fill what is handed on."""
    noise = here.socket_in(here.client, socket.AF_PACKET, socket.SOCK_RAW, 0)
    noise.bind(("eth0", 0))
    here.at_end(noise.close)
    folder = here.folder("among-others")
    sensor = Sensor(here, "--json-file", f"{folder}/lines.json", "-j", "2", interfaces=["mail0"], folder=folder)
    over = threading.Event()

    def trickle():
        while not over.wait(0.05):
            noise.send(lone_segment())

    thread = threading.Thread(target=trickle)
    thread.start()
    here.at_end(thread.join)
    here.at_end(over.set)
    time.sleep(1)
    talk = Talk(here)
    talk.tell(LOGGED_IN)
    wait_for(lambda: any(line["finding"]["kind"] == "cred-plaintext-accepted" for line in of_action(
        json_lines(f"{folder}/lines.json"), "finding")), "the finding as a JSON line", PROMPT, 0.01)
    sensor.stop()


@case("openssl")
def shown_while_open(here):
    """A session is in the database soon after TLS is up, and once, with its last facts, when it is over."""
    folder = here.folder("open")
    pair = certificates.Authority(f"{folder}/authority").issue("mail.example.net", self_signed=True)
    sensor = Sensor(here, interfaces=["mail0"], folder=folder)
    talk = Talk(here)
    talk.tell(UPGRADED)
    talk.begin_tls(*pair)
    up = time.monotonic()
    count = "SELECT count(*) FROM v_session WHERE tls_established"
    wait_for(lambda: sensor.one(count) == 1, "the session's row while it is open", 10)
    check(time.monotonic() - up < SHOWN, f"the row took {time.monotonic() - up:.1f} s")
    row = sensor.query("SELECT session_id, complete, tls_version, bytes_server FROM v_session")
    check(len(row) == 1 and "open" in row[0][1], f"the open session's rows: {row}")
    talk.tell("C: EHLO client.example.org\nS: 250 mail.example.net\nC: QUIT\nS: 221 2.0.0 Bye")
    talk.close()
    wait_for(lambda: sensor.one("SELECT count(*) FROM v_session WHERE complete = 'full'") == 1, "the final row", 10)
    last = sensor.query("SELECT session_id, complete, tls_version, bytes_server FROM v_session")
    check(len(last) == 1, f"rows of one session: {last}")
    check(last[0][0] == row[0][0] and last[0][2] == row[0][2] and last[0][3] > row[0][3],
          f"first {row[0]}, at the end {last[0]}")
    double = sensor.query("SELECT kind, count(*) FROM v_finding GROUP BY kind HAVING count(*) > 1")
    check(not double, f"findings twice: {double}")
    sensor.stop()


@case()
def idle_link(here):
    """A session that falls silent is ended by --idle although no frame follows on the link."""
    sensor = Sensor(here, "--idle", "3", interfaces=["mirror0", "mail0"])
    talk = Talk(here)
    talk.tell(LOGGED_IN)
    count = "SELECT count(*) FROM v_session WHERE credentials_in_clear = 1"
    wait_for(lambda: sensor.one(count) == 1, "the session that fell silent", 12)
    check(sensor.process.poll() is None, "watch ended on an idle link")
    sensor.stop()
    rows = sensor.query("SELECT complete FROM v_session")
    check(len(rows) == 1, f"rows of one session: {rows}")


@case()
def service(here):
    """The service manager hears of readiness once frames are captured, and of the end."""
    folder = here.folder("service")
    sensor = Sensor(here, interfaces=["mail0"], folder=folder)
    talk = Talk(here)
    talk.tell(GREETED + "C: QUIT\nS: 221 2.0.0 Bye")
    talk.close()
    time.sleep(0.3)
    check("STOPPING=1" not in sensor.notices(), "said to be stopping while it runs")
    sensor.stop()
    told = sensor.notices()
    check(told.index("READY=1") < told.index("STOPPING=1"), f"the service manager heard {told}")
    rows = sensor.query("SELECT complete FROM v_session")
    check(rows == [("full",)], f"what was sent right after READY=1 gave {rows}")
    refused = Sensor(here, interfaces=["absent9"], started=False)
    check(refused.wait() not in (0, None), "no failure without the interface")
    check("READY=1" not in refused.notices(), "ready without its interface")
    check("absent9" in refused.words(), f"does not name the interface: {refused.words()}")
