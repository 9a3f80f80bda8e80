"""Under load: what is lost is counted, and floods do not push real sessions out."""
import signal
import time

from cases import case
from frames import frame_count, halves, mixed, syns
from place import FULL, check
from sensor import Sensor, query, starttrace
from traffic import arrived, feed

MIB = 1 << 20
ROOM_BESIDES = 96 * MIB  # beyond --max-memory: program, libraries, ring, SQLite's cache


def check_counted(sensor, came):
    """Frames taken and dropped are exactly those that came, on the page and in the database."""
    sensor.wait_frames(came)
    taken, dropped = sensor.frames()
    check(taken + dropped == came, f"{taken} taken and {dropped} dropped of {came}")
    sensor.stop()
    sums = sensor.query("SELECT sum(frames), sum(kernel_drops) FROM v_capture_minute")[0]
    check(sums == (taken, dropped), f"by the minute {sums}, at the end {(taken, dropped)}")
    return taken, dropped


def check_known(sensor, path):
    """Each session of a replayed capture that lacks bytes knows that frames were dropped while it lasted."""
    whole = f"{sensor.folder}/whole.db"
    starttrace(sensor.place, "read", "-d", whole, path)
    bytes_seen = """SELECT client_ip, client_port, server_ip, server_port, sum(bytes_client), sum(bytes_server),
        sum(lost) FROM session GROUP BY 1, 2, 3, 4"""
    sent = {row[:6] for row in query(whole, bytes_seen)}
    seen = sensor.query(bytes_seen)
    unaware = [row for row in seen if row[6] == 0 and row[:6] not in sent]
    check(not unaware, f"{len(unaware)} sessions of {len(seen)} lack bytes and know of no drop: {unaware[:3]}")


@case("tcpreplay")
def drops_counted(here):
    """At top speed every frame is taken or counted as dropped; a ring too small loses many, and findings say so."""
    path = here.load(20000 if FULL else 4000)
    sensor = Sensor(here)
    before = arrived()
    sent = feed(here, path, "--topspeed", "--preload-pcap")
    came = arrived() - before
    check(came <= sent, f"{came} frames came of {sent}")
    taken, dropped = check_counted(sensor, came)
    print(f"    top speed: {sent} frames sent, {sent - came} lost on the cable, {taken} taken, {dropped} dropped",
          flush=True)

    small = Sensor(here, "--buffer", "1M")
    first = frame_count(here.load(200))
    before = arrived()
    feed(here, here.load(200), "--pps", "10000")
    small.wait_frames(first)
    small.send(signal.SIGSTOP)
    feed(here, path, "--topspeed", "--preload-pcap")
    time.sleep(0.2)
    small.send(signal.SIGCONT)
    feed(here, here.load(200, 100000), "--pps", "10000")
    taken, dropped = check_counted(small, arrived() - before)
    check(dropped > 0, "a ring of 1 MiB lost nothing while the program stood still")
    found = small.one("SELECT count(*) FROM v_finding WHERE kind = 'capture-drops'")
    check(found > 0, f"{dropped} frames dropped, and no finding capture-drops")
    check("frames were dropped" in small.words(), f"drops of the last minute were not said: {small.words()}")

    for still in (False, True):
        burst = Sensor(here, "--buffer", "1M")
        before = arrived()
        burst.send(signal.SIGSTOP if still else signal.SIGCONT)
        feed(here, path, "--topspeed", "--preload-pcap")
        burst.send(signal.SIGCONT)
        taken, dropped = check_counted(burst, arrived() - before)
        check(dropped > 0 or not still, f"all {taken} frames found room in a ring of 1 MiB")
        check_known(burst, path)


@case("tcpreplay")
def flood(here):
    """SYNs and half-open mail sessions by the thousand: real sessions among them are judged, within the memory."""
    cap, flows, half, slower = (256, 1000000, 100000, 2) if FULL else (48, 100000, 12000, 1)
    mail = here.load(200)
    path = f"{here.work}/flood.pcap"
    count = mixed(path, mail, syns(flows), halves(half))
    sensor = Sensor(here, "--max-memory", f"{cap}M", "--buffer", "64M")
    sent = feed(here, path, "--multiplier", str(1 / slower))
    check(sent == count, f"{sent} frames sent of {count}")
    sensor.wait_frames(sent)
    peak = int(sensor.status()["VmHWM"].split()[0]) * 1024
    check(sensor.frames() == (sent, 0), f"{sensor.frames()} frames taken and dropped of {sent}")
    sensor.stop()
    limit = cap * MIB + 64 * MIB + ROOM_BESIDES
    print(f"    {flows} flows and {half} half-open sessions under {cap} MiB: {peak // MIB} MiB at most", flush=True)
    check(here.sanitized or peak < limit, f"{peak // MIB} MiB resident, {limit // MIB} allowed")

    alone = f"{sensor.folder}/alone.db"
    starttrace(here, "read", "-d", alone, mail)
    # a silence of seconds is one of microseconds here: who said nothing at all is left out
    wanted = """SELECT client_ip, client_port, server_ip, server_port, verdict, complete, credentials_in_clear
        FROM v_session
        WHERE verdict <> 'no-dialogue' AND client_ip NOT LIKE '198.18.%' AND client_ip NOT LIKE '198.19.%'
        ORDER BY 1, 2, 3, 4, 5, 6, 7"""
    judged, real = sensor.query(wanted), query(alone, wanted)
    whole = {row[:4]: row[5] for row in real}
    cut = [row for row in judged if row[5] != whole.get(row[:4])]
    check(len(judged) == len(real) and not cut, f"{len(judged)} real sessions of {len(real)}, {len(cut)} of them cut: "
          f"{cut[:3]}")
    # findings that rest on time may differ, and a verdict with them
    other = [row for row in real if row not in judged]
    check(len(other) <= len(real) // 50, f"{len(other)} of {len(real)} judged otherwise: {other[:3]}")
