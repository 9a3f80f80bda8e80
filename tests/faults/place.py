"""Where fault cases run: a folder of their own, the program under test, and what its databases hold."""
import contextlib
import os
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time

FULL = os.environ.get("FULL") == "1"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIB = 1 << 20


class Skipped(Exception):
    """This place cannot make the conditions of a case."""


class Failed(Exception):
    """What was promised is not so."""


def check(condition, words):
    if not condition:
        raise Failed(words)


def query(database, sql):
    """Opened for writing: what a kill left half done is taken back first."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True)) as connection:
        return connection.execute(sql).fetchall()


class Ended:
    """A program that ended: its status (below zero: the signal), its words, the most memory it held, its seconds."""

    def __init__(self, process, begun, errors):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.seconds, self.peak = time.monotonic() - begun, usage.ru_maxrss * 1024
        self.processor = usage.ru_utime + usage.ru_stime
        errors.seek(0)
        self.words = errors.read().decode("utf-8", "replace")
        errors.close()


class Place:
    def __init__(self, binary, weave, build):
        self.binary, self.weave, self.build = map(os.path.abspath, (binary, weave, build))
        self.seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
        self.random = random.Random(self.seed)
        self.work = tempfile.mkdtemp(prefix="faults.", dir=self.build)
        self.loads = {}
        self.endings = []
        with open(self.binary, "rb") as program:
            self.sanitized = b"__asan_init" in program.read()

    def at_end(self, function, *arguments):
        self.endings.append((function, arguments))

    def clear(self):
        """What a case set up goes; the seed begins anew, so that a case alone draws what it draws among others."""
        while self.endings:
            function, arguments = self.endings.pop()
            function(*arguments)
        self.random.seed(self.seed)

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    def folder(self, name):
        path = f"{self.work}/{name}"
        os.makedirs(path)
        self.at_end(shutil.rmtree, path, True)
        return path

    def load(self, sessions, first=0):
        """A capture of so many sessions, replayed from samples."""
        path = f"{self.work}/load-{sessions}-{first}.pcap"
        if path not in self.loads:
            samples = sorted(f"{ROOT}/samples/{name}" for name in os.listdir(f"{ROOT}/samples") if name.endswith(".pcap"))
            subprocess.run([f"{self.build}/tests/bench/replay", f"{sessions}+{first}", path, *samples], check=True)
            self.loads[path] = True
        return path

    def start(self, *arguments, under=(), **options):
        """A run of the program beside the case: the process, and the call that waits for its end."""
        errors, begun = tempfile.TemporaryFile(), time.monotonic()  # noqa: SIM115  (closed when it ended)
        process = subprocess.Popen([*under, self.binary, *arguments], stdin=subprocess.DEVNULL, stderr=errors,
                                   stdout=subprocess.DEVNULL, **options)
        return process, lambda: Ended(process, begun, errors)

    def run(self, *arguments, **options):
        return self.start(*arguments, **options)[1]()

    def read(self, database, *words, **options):
        """A reading that must end well."""
        ended = self.run("read", "-d", database, *words, **options)
        check(ended.status == 0, f"read ended with {ended.status}: {ended.words[-500:]}")
        return ended

    def said(self, database):
        """All that a database says of its sessions, whatever the numbers of its rows."""
        asked = subprocess.run(["sh", "-c", '. tests/story; said "$1"', "sh", database], cwd=ROOT, capture_output=True,
                               text=True, check=True)
        check(not asked.stderr and asked.stdout, f"{database} cannot be asked: {asked.stderr or asked.stdout}")
        return sorted(asked.stdout.splitlines())

    def check_whole(self, database, after):
        """A database that SQLite finds sound, where nothing refers to what is not there and no session is twice."""
        check(query(database, "PRAGMA integrity_check") == [("ok",)], f"the database is broken {after}")
        check(query(database, "PRAGMA foreign_key_check") == [], f"rows refer to what is not there {after}")
        double = query(database, """SELECT capture, vantage, first_frame, client_ip, client_port FROM v_session
            GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1""")
        check(not double, f"sessions twice {after}: {double[:3]}")

    def check_same(self, database, wanted, after, but=()):
        """The same rows, but for those of sessions from these client ports."""
        clients = re.compile(r'[.:][0-9a-f]+"?[|,](' + "|".join(map(str, but)) + ")[|,]") if but else None
        said, wanted = ([row for row in rows if not (clients and clients.search(row))]
                        for rows in (self.said(database), wanted))
        missing, more = sorted(set(wanted) - set(said)), sorted(set(said) - set(wanted))
        check(said == wanted, f"rows differ {after}: {len(missing)} missing {missing[:2]}, {len(more)} more {more[:2]}")
