"""A private world for the lab: what servers write and what names resolve to never leaves it.

The recorder runs itself again in new mount, PID, IPC and UTS namespaces.  There /usr, /etc and
/var are overlays on memory, so that the servers, which as packages exclude one
another or start daemons, are merely unpacked side by side.  Everything vanishes, and every
process ends, with the recorder.
"""
import glob
import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "STARTTRACE_LAB"
UNPACKED = (
    "postfix",
    "exim4-base",
    "exim4-daemon-light",
    "dovecot-core",
    "dovecot-imapd",
    "dovecot-pop3d",
    "dovecot-lmtpd",
    "dovecot-managesieved",
    "dovecot-sieve",
    "dovecot-submissiond",
    "inn2",
    "inn2-inews",
    "prosody",
    "slapd",
    "vsftpd",
)

USERS = """\
postfix:x:7001:7001::/var/spool/postfix:/usr/sbin/nologin
Debian-exim:x:7003:7003::/var/spool/exim4:/usr/sbin/nologin
dovecot:x:7004:7004::/usr/lib/dovecot:/usr/sbin/nologin
dovenull:x:7005:7005::/nonexistent:/usr/sbin/nologin
vmail:x:7006:7006::/var/vmail:/usr/sbin/nologin
ftp:x:7008:7008::/mnt:/usr/sbin/nologin
"""
GROUPS = """\
postfix:x:7001:
postdrop:x:7002:
Debian-exim:x:7003:
dovecot:x:7004:
dovenull:x:7005:
vmail:x:7006:
ftp:x:7008:
"""
HOSTS = """\
127.0.0.1 localhost
192.0.2.10 client.example.org
192.0.2.25 relay.example.org
2001:db8:1::10 client.example.org
198.51.100.25 mail.example.net
2001:db8:2::25 mail.example.net
198.51.100.25 ftp.example.net ldap.example.net news.example.net chat.example.net
203.0.113.25 mx.example.com
"""
FILES = {
    "/etc/hosts": HOSTS,
    "/etc/hostname": "client.example.org\n",
    "/etc/mailname": "example.org\n",
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\n",
}


def run(*command, **options):
    """Run a command that must succeed; what it said is shown only when it did not."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def packages():
    with open(os.path.join(HERE, "packages"), encoding="ascii") as listed:
        return listed.read().split()


def install():
    """Have every package of the list, installed or, where they exclude others, unpacked."""
    wanted = [name for name in packages() if name not in UNPACKED]
    known = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Package}\n", *wanted],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    missing = set(wanted) - {
        line[3:].strip() for line in known.splitlines() if line.startswith("ii")
    }
    if missing:
        run(
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
            *sorted(missing),
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    # not below /var: a layer of an overlay must not hold another one
    cache = os.environ.get("STARTTRACE_LAB_CACHE", "/root/.cache/starttrace-lab")
    # a longer list is unpacked anew
    names = hashlib.sha256(" ".join(UNPACKED).encode()).hexdigest()
    root = os.path.join(cache, "root-" + names[:8])
    if not os.path.isdir(root):
        os.makedirs(root + ".new", exist_ok=True)
        run("apt-get", "download", *UNPACKED, cwd=cache)
        for package in sorted(glob.glob(os.path.join(cache, "*.deb"))):
            run("dpkg", "-x", package, root + ".new")
        os.rename(root + ".new", root)
    return root


def enter():
    """Return only inside the private world."""
    if os.environ.get(MARK):
        return
    if os.geteuid() != 0:
        sys.exit("record: the lab needs root, for namespaces and raw sockets")
    os.environ[MARK] = install()
    os.execvp(
        "unshare",
        [
            "unshare",
            "--mount",
            "--uts",
            "--ipc",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            sys.executable,
            *sys.argv,
        ],
    )


def overlay(path, lower, upper):
    for folder in (upper + "/up", upper + "/work"):
        os.makedirs(folder, exist_ok=True)
    layers = ":".join(folder for folder in lower if os.path.isdir(folder))
    run(
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        f"lowerdir={layers},upperdir={upper}/up,workdir={upper}/work",
        path,
    )


def furnish():
    """Build the private world; returns the folder in memory where scenarios may write."""
    memory = "/mnt"
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", memory)
    unpacked = os.environ[MARK]
    with open("/etc/passwd", encoding="utf-8") as passwd, open(
        "/etc/group", encoding="utf-8"
    ) as group:
        accounts = {"/etc/passwd": passwd.read() + USERS, "/etc/group": group.read() + GROUPS}
    for name in ("usr", "etc", "var"):
        overlay("/" + name, [f"{unpacked}/{name}", "/" + name], f"{memory}/.{name}")
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    for path, text in {**accounts, **FILES}.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    run("hostname", "client.example.org")
    os.environ.update(HOME=memory, USER="lab", LOGNAME="lab", LC_ALL="C", TZ="UTC")
    for variable in ("EMAIL", "HOSTNAME", "MAIL", "XDG_CONFIG_HOME", "SSLKEYLOGFILE"):
        os.environ.pop(variable, None)
    work = memory + "/work"
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    os.chmod(work, 0o755)
    return work
