"""Running it: signals, privileges, outlets that do not keep up, metrics."""
import fcntl
import os
import signal
import socket
import time

from cases import case
from frames import frame_count
from place import SERVER, USER, USER_ID, Failed, Skipped, check, wait_for
from sensor import Sensor, json_lines, of_action, samples, total
from traffic import GREETED, LOGGED_IN, Talk, feed, feed_aside

CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapAmb")
RAW = 1 << 13  # CAP_NET_RAW


def check_confined(sensor, bounding):
    """Every thread is without capabilities, without the way to new ones, filtered, and not root."""
    tasks = os.listdir(f"/proc/{sensor.process.pid}/task")
    check(len(tasks) > 1, "one thread only: too early to look")
    for task in tasks:
        status = sensor.status(task)
        for name in CAPABILITIES:
            check(int(status[name], 16) == 0, f"thread {task}: {name} {status[name]}")
        check(int(status["CapBnd"], 16) == bounding, f"thread {task}: CapBnd {status['CapBnd']}")
        check(status["NoNewPrivs"] == "1", f"thread {task}: NoNewPrivs {status['NoNewPrivs']}")
        check(status["Seccomp"] == "2", f"thread {task}: Seccomp {status['Seccomp']}")
        for name in ("Uid", "Gid"):
            check(set(status[name].split()) == {str(USER_ID)}, f"thread {task}: {name} {status[name]}")
        check(status.get("Groups", "").split() in ([], [str(USER_ID)]), f"thread {task}: Groups {status['Groups']}")


def refused(here, *words, wrapper=(), user=USER):
    sensor = Sensor(here, wrapper=wrapper, user=user, started=False, metrics=False)
    check(sensor.wait() != 0, f"not refused: {words}")
    said = sensor.words()
    check(any(word in said for word in words) and said.count("\n") <= 3, f"refused with: {said}")
    check(not os.path.exists(sensor.database), "refused, but made a database")


@case("setpriv", "tcpreplay")
def privileges(here):
    """Started by root, and by a user with CAP_NET_RAW alone; refused where it would run as root, or cannot capture."""
    path = here.load(20)
    root = Sensor(here, "-j", "2")
    check_confined(root, 0)
    feed(here, path)
    root.wait_frames(frame_count(path))
    check_confined(root, 0)
    root.stop()
    check(os.stat(root.database).st_uid == USER_ID, "the database does not belong to the user")
    check(root.one("SELECT count(*) FROM v_session") > 0, "no sessions")

    # without CAP_SETPCAP the bounding set cannot be narrowed: it stays what the starter left
    become = ("setpriv", "--reuid", str(USER_ID), "--regid", str(USER_ID), "--clear-groups")
    only = ("--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--bounding-set=-all,+net_raw")
    user = Sensor(here, wrapper=(*become, *only), user=None)
    check_confined(user, RAW)
    feed(here, path)
    user.wait_frames(frame_count(path))
    user.stop()
    check(user.one("SELECT count(*) FROM v_session") > 0, "no sessions for the ordinary user")

    refused(here, "root", user="root")
    refused(here, "CAP_NET_RAW", wrapper=become, user=None)


@case("tcpreplay")
def signals(here):
    """HUP goes on in a new file, USR1 prints counters, TERM and INT drain, a second TERM ends at once."""
    folder = here.folder("signals")
    lines = f"{folder}/lines.json"
    sensor = Sensor(here, "--json-file", lines, interfaces=["mirror0", "mail0"], folder=folder)
    feeding = feed_aside(here, here.load(1000), "--pps", "10000")
    wait_for(lambda: os.path.exists(lines) and os.path.getsize(lines) > 0, "lines before the rotation")
    os.rename(lines, f"{lines}.1")
    sensor.send(signal.SIGHUP)
    check(feeding.wait(30) == 0, "tcpreplay failed")
    wait_for(lambda: os.path.exists(lines) and os.path.getsize(lines) > 0, "lines in the new file")
    sensor.wait_frames(frame_count(here.load(1000)))

    sensor.send(signal.SIGUSR1)
    wait_for(lambda: "mirror0" in sensor.words(), "counters on standard error")

    talk = Talk(here)
    talk.tell(GREETED)
    sensor.wait_frames(frame_count(here.load(1000)) + 8)
    time.sleep(0.5)
    sensor.stop()
    check(sensor.one("SELECT count(*) FROM v_session WHERE server_port = 2525 AND complete = 'open'") == 1,
          "the session that was open at the end is not there")
    told = json_lines(f"{lines}.1") + json_lines(lines)
    ended = of_action(told, "session")
    check(len(ended) == sensor.one("SELECT count(*) FROM v_session"),
          f"{len(ended)} lines of ended sessions over both files, {sensor.one('SELECT count(*) FROM v_session')} rows")
    check(len({line["session"]["id"] for line in ended}) == len(ended), "a session's end was told twice")
    check(not of_action(told, "drops"), "lines were dropped")

    Sensor(here).stop(signal.SIGINT)


@case()
def second_signal(here):
    """Whoever cannot wait for the end ends it with a second signal: here, the database is locked by somebody else."""
    import sqlite3

    sensor = Sensor(here, interfaces=["mail0"])
    talk = Talk(here)
    talk.tell(LOGGED_IN)
    time.sleep(0.5)
    lock = sqlite3.connect(sensor.database, timeout=5, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    sensor.send(signal.SIGTERM)
    time.sleep(0.7)
    waited = sensor.process.poll() is None
    begun = time.monotonic()
    if waited:
        sensor.send(signal.SIGTERM)
        sensor.wait(3)
    check(time.monotonic() - begun < 2, "the second signal took long")
    lock.execute("ROLLBACK")
    check(lock.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "a broken database")
    lock.close()
    if not waited:
        raise Skipped("the first one ended it already")


@case("tcpreplay")
def slow_outlets(here):
    """A socket and a pipe that nobody reads, a full disk for the lines: capture goes on, and drops are counted."""
    folder = here.folder("slow")
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(f"{folder}/socket")
    os.chmod(f"{folder}/socket", 0o777)
    door.listen(1)
    here.at_end(door.close)
    out, end = os.pipe()
    here.at_end(os.close, out)
    sensor = Sensor(here, "--json", "--json-file", "/dev/full", "--json-socket", f"{folder}/socket", folder=folder,
                    stdout=end)
    os.close(end)
    free = Sensor(here)
    sent = feed(here, here.load(2000), "--pps", "20000")
    for watching in (sensor, free):
        watching.wait_frames(sent)
        check(watching.frames()[1] == 0, f"frames dropped: {watching.frames()}")
    wait_for(lambda: len(list(samples(sensor.page()[1], "starttrace_outlet_dropped_total"))) >= 3, "three outlets")
    wait_for(lambda: all(value > 0 for _, value in samples(sensor.page()[1], "starttrace_outlet_dropped_total")),
             f"lines dropped by each of the three outlets: {sensor.words()}", 10)
    begun = time.monotonic()
    sensor.stop(seconds=20)
    check(time.monotonic() - begun < 15, "the dead outlets held up the end")
    free.stop()
    count = "SELECT count(*), sum(bytes_client), sum(frame) FROM v_session LEFT JOIN v_finding USING (session_id)"
    check(sensor.query(count) == free.query(count), f"stored {sensor.query(count)}, undisturbed {free.query(count)}")


@case("tcpreplay")
def unread_errors(here):
    """Nobody reads what is said on standard error: capture goes on."""
    folder = here.folder("unread")
    pipe = f"{folder}/errors"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR)
    here.at_end(os.close, end)
    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
    sensor = Sensor(here, folder=folder, wrapper=("sh", "-c", f'exec "$@" 2<>{pipe}', "sh"))
    for _ in range(20):
        sensor.send(signal.SIGUSR1)
        time.sleep(0.15)
    sent = feed(here, here.load(200))
    sensor.wait_frames(sent)
    sensor.stop()


OVER = "complete NOT LIKE '%open%'"


def contents(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


@case("tcpreplay", "ss")
def metrics(here):
    """What is counted agrees with the database, in the file and over HTTP, which listens on loopback only."""
    folder = here.folder("metrics")
    file = f"{folder}/starttrace.prom"
    sensor = Sensor(here, "--metrics-file", file, folder=folder)
    sent = feed(here, here.load(300))
    sensor.wait_frames(sent)
    check(sensor.page("/healthz")[0] == 200, f"/healthz answers {sensor.page('/healthz')}")
    check(sensor.page("/other")[0] == 404, f"/other answers {sensor.page('/other')}")
    listening = here.here.sh("ss", "-Hltn", f"sport = :{sensor.port}").split()[3]
    check(listening.startswith("127.0.0.1:"), f"listens on {listening}")
    try:
        with socket.create_connection((SERVER, sensor.port), timeout=1):
            raise Failed("answers on an address that is not loopback")
    except OSError:
        pass
    sensor.wait_stored()

    def ended():
        stored = dict(sensor.query(f"SELECT verdict, count(*) FROM v_session WHERE {OVER} GROUP BY 1"))
        counted = {labels["verdict"]: int(value)
                   for labels, value in samples(sensor.page()[1], "starttrace_sessions_total") if value > 0}
        return stored == counted and stored

    wait_for(ended, "sessions by verdict as in the database", 12, 0.2)
    text = sensor.page()[1]
    check(total(text, "starttrace_frames_total", interface="mirror0") == sent, "frames of the interface")
    wait_for(lambda: total(contents(file), "starttrace_frames_total", interface="mirror0") == sent,
             "the same count in the file", 20, 0.2)
    check(os.stat(file).st_mode & 0o777 == 0o644, f"mode of the file: {os.stat(file).st_mode & 0o777:o}")

    def counted(metric, column):
        """Every finding in the database was counted when it was told, those that history has since added too."""
        found = {labels[column] for labels, value in samples(sensor.page()[1], metric) if value > 0}
        stored = {word for word, in sensor.query(
            f"SELECT DISTINCT f.{column} FROM v_finding AS f JOIN v_session AS s USING (session_id) WHERE s.{OVER}")}
        return stored and stored <= found

    wait_for(lambda: counted("starttrace_findings_by_kind_total", "kind"), "kinds as in the database", 12, 0.5)
    sensor.stop()


@case()
def told_at_start(here):
    """What cannot be written is told before anything is watched; and the journal is told nothing twice."""
    lost = Sensor(here, "--metrics-file", "/nowhere/starttrace.prom", started=False)
    check(lost.wait() == 1, f"a file that cannot be written ends with {lost.process.returncode}")
    check("/nowhere/starttrace.prom" in lost.words(), lost.words())

    for options, said in (((), True), (("--journal",), False)):
        sensor = Sensor(here, *options, wrapper=("env", "JOURNAL_STREAM=8:1"))
        sensor.stop()
        check(("watching mirror0" in sensor.words()) == said, f"{options} on standard error: {sensor.words()}")
