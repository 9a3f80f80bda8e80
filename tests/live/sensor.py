"""A running `starttrace watch`, the program's other commands, and what their databases hold."""
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request

from place import USER, Failed, check, wait_for

PORT_FIRST = 9464


class Lines:
    """What comes out of a descriptor, line by line, each with the moment at which it came."""

    def __init__(self, descriptor):
        self.seen = []
        self._thread = threading.Thread(target=self._read, args=(descriptor,), daemon=True)
        self._thread.start()

    def _read(self, descriptor):
        held = b""
        while True:
            try:
                data = os.read(descriptor, 65536)
            except OSError:
                return
            if not data:
                return
            now = time.monotonic()
            *whole, held = (held + data).split(b"\n")
            self.seen += [(now, line.decode("utf-8", "replace")) for line in whole]

    def having(self, *words):
        return [(at, line) for at, line in self.seen if all(word in line for word in words)]

    def join(self):
        self._thread.join(5)


class Sensor:
    """Watches `interfaces` until the case is over.

    `wrapper` goes before the command; `started` says whether to wait for the word of readiness.  What it prints goes to
    files in its folder, or to `stdout`.
    """

    def __init__(self, here, *options, interfaces=("mirror0",), database=None, folder=None, user=USER, wrapper=(),
                 stdout=None, started=True, metrics=True):
        self.place, self.folder = here, folder or here.folder("sensor")
        self.database = database or f"{self.folder}/live.db"
        self.port = PORT_FIRST + here.number() if metrics else None
        self.ended, self.told = None, []
        command = [*wrapper, here.binary, "watch", "-d", self.database]
        for interface in interfaces:
            command += ["-i", interface]
        command += ["--user", user] if user else []
        command += ["--metrics-port", str(self.port)] if metrics else []
        self.manager = self._listen()
        self.errors = f"{self.folder}/stderr"
        out = stdout if stdout is not None else os.open(f"{self.folder}/stdout", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [*command, *options], stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
                env={**os.environ, "NOTIFY_SOCKET": self.manager.getsockname()}, cwd=self.folder,
            )
        if stdout is None:
            os.close(out)
        here.at_end(self._give_up)
        if started:
            self.wait_ready()

    def _listen(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = f"{self.folder}/notify-{self.place.number()}"
        manager.bind(path)
        os.chmod(path, 0o777)
        manager.setblocking(False)
        return manager

    def notices(self):
        """Everything that the service manager was told so far, as lines."""
        while True:
            try:
                self.told += self.manager.recv(65536).decode().splitlines()
            except BlockingIOError:
                return self.told

    def wait_ready(self, seconds=10):
        def ready():
            if self.process.poll() is not None:
                raise Failed(f"watch ended with {self.process.returncode}: {self.words()}")
            return "READY=1" in self.notices()

        wait_for(ready, "READY=1", seconds)

    def words(self):
        """The end of what it said on standard error."""
        with open(self.errors, encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"watch did not end within {seconds} s: {self.words()}") from None

    def stop(self, number=signal.SIGTERM, seconds=20):
        """Asks it to end; it must drain and say that all is well."""
        check(self.process.poll() is None, f"watch ended by itself: {self.process.returncode}: {self.words()}")
        self.send(number)
        status = self.wait(seconds)
        check(status == 0, f"watch ended with {status}: {self.words()}")

    def _give_up(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        self.manager.close()

    def status(self, task=None):
        """/proc/PID/status as a dictionary."""
        path = f"/proc/{self.process.pid}" + (f"/task/{task}" if task else "")
        with open(f"{path}/status", encoding="ascii") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def rss(self):
        """Resident memory in bytes."""
        return int(self.status()["VmRSS"].split()[0]) * 1024

    def page(self, path="/metrics"):
        """Status and text of what it answers over HTTP."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, ""

    def metric(self, name, **labels):
        """The sum of a metric's samples that have these labels."""
        return total(self.page()[1], name, **labels)

    def frames(self):
        """Frames that it was handed, and those that the kernel had no room for."""
        text = wait_for(lambda: "starttrace_frames_total{" in self.page()[1] and self.page()[1], "metrics", 3)
        return int(total(text, "starttrace_frames_total")), int(total(text, "starttrace_kernel_drops_total"))

    def wait_frames(self, count, seconds=20):
        """Until so many frames went by here, taken or dropped."""
        def passed():
            return sum(self.frames()) >= count

        try:
            wait_for(passed, "", seconds, 0.1)
        except Failed:
            raise Failed(f"{self.frames()} frames taken and dropped of {count}: {self.words()}") from None

    def wait_stored(self, seconds=20):
        """Until nothing waits for the database any more."""
        wait_for(lambda: self.metric("starttrace_store_waiting") == 0, "an empty queue", seconds, 0.1)

    def query(self, sql, *values):
        return query(self.database, sql, *values)

    def one(self, sql, *values):
        return query(self.database, sql, *values)[0][0]


SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? ([-+.0-9eE]+|NaN|[-+]Inf)$")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def samples(text, name):
    """The samples of one metric as (labels, value)."""
    for line in text.splitlines():
        match = SAMPLE.match(line)
        if match and match[1] == name:
            yield dict(LABEL.findall(match[2] or "")), float(match[3])


def total(text, name, **labels):
    found = [value for has, value in samples(text, name) if labels.items() <= has.items()]
    check(found or labels, f"no metric {name}")
    return sum(found)


def query(database, sql, *values):
    """Rows of a database that others may be writing to."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def starttrace(here, *arguments, status=0):
    """Another command of the program, to its end."""
    done = subprocess.run([here.binary, *arguments], capture_output=True, text=True, check=False)
    check(done.returncode == status,
          f"starttrace {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}{done.stdout[-2000:]}")
    return done.stdout


def json_lines(path):
    """The objects of a file of JSON lines; a line that is none is a failure."""
    found = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file.read().split("\n")[:-1]:
                try:
                    found.append(json.loads(line))
                except ValueError:
                    raise Failed(f"{path}: not a JSON object: {line[:200]}") from None
    return found


def action(line):
    return line.get("event", {}).get("action")


def of_action(lines, *actions):
    return [line for line in lines if action(line) in actions]


ENDS = ("client_ip", "client_port", "server_ip", "server_port", "started_at")
VIEWS = ("v_session", "v_finding", "v_credential", "v_certificate", "v_signal", "v_dialogue", "v_note")


def facts(database, view, leave_out=("session_id", "finding_id", "capture")):
    """The rows of a view as a sorted list, each with whose session it is instead of ids."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)
    try:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({view})")]
        wanted = [f's."{name}"' for name in ENDS]
        wanted += [f'x."{name}"' for name in columns if name not in leave_out]
        rows = connection.execute(f"SELECT {', '.join(wanted)} FROM {view} AS x JOIN v_session AS s USING (session_id)")
        return sorted(rows.fetchall(), key=repr)
    finally:
        connection.close()


def check_same(live, read, views=VIEWS, leave_out=("session_id", "finding_id", "capture")):
    """Two databases hold the same rows, in each direction; says the first that only one has."""
    for view in views:
        one, other = facts(live, view, leave_out), facts(read, view, leave_out)
        if one != other:
            only_one = [row for row in one if row not in set(other)]
            only_other = [row for row in other if row not in set(one)]
            raise Failed(f"{view}: {len(one)} rows live, {len(other)} read; {len(only_one)} only live, "
                         f"{len(only_other)} only read\n  live {only_one[:2]}\n  read {only_other[:2]}")
