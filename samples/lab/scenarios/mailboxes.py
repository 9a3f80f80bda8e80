"""IMAP, POP3 and ManageSieve: Dovecot, with curl, Python's libraries, sievelib, or what talk.py says."""
import functools
import sys

from lab import plain, scenario, secret

ADA = "ada@example.net"
sample = functools.partial(scenario, folder="protocols")
IMAP_ENDS = r"(?m)^(\* OK|a\d+ (OK|NO|BAD)).*\n"
POP3_ENDS = r"(?m)^(\+OK|-ERR).*\n"
SIEVE_ENDS = r"(?m)^(OK|NO|BYE).*\n"
# sievelib is told at once whether to ask; this takes TLS where it is on offer, and goes on where it is not
SIEVE = """
import sys
from sievelib.managesieve import Client, Error
user, password, wish = sys.argv[1:]
client = Client("198.51.100.25")
try:
    client.connect(user, password, starttls=wish != "never")
except Error as refused:
    print(refused)
    client = Client("198.51.100.25")
    client.connect(user, password)
print(client.listscripts())
client.logout()
"""
IMAP = """
import imaplib, ssl, sys
box = imaplib.IMAP4("198.51.100.25")
if sys.argv[3] == "tls":
    box.starttls(ssl._create_unverified_context())
try:
    box.login(*sys.argv[1:3])
    box.select()
except imaplib.IMAP4.error as refused:
    print(refused)
box.logout()
"""
POP3 = """
import poplib, sys
box = poplib.POP3("198.51.100.25")
try:
    box.user(sys.argv[1])
    box.pass_(sys.argv[2])
except poplib.error_proto as refused:
    print(refused)
box.quit()
"""


def serve(lab, word, protocols, middle=None, port=None, tls=True, **settings):
    if middle:
        lab.through(middle, port=port)
    else:
        lab.direct()
    if tls:
        settings["certificate"] = lab.certificate()
    lab.dovecot(accounts={ADA: secret(word)}, protocols=protocols, **settings)


def curl(lab, word, url, *options):
    account = f"{ADA}:{secret(word)}"
    return lab.client("curl", "-4sSv", url, "--user", account, "--insecure", *options)


def python(lab, word, script, *arguments):
    return lab.client(sys.executable, "-c", script, ADA, secret(word), *arguments)


@sample(b"STARTTLS\r\n", b"OK Begin TLS negotiation now")
def imap_starttls_login(lab):
    serve(lab, "Schwefel", "imap")
    with lab.capture():
        python(lab, "Schwefel", IMAP, "tls")


@sample(b"a2 STARTTLS\r\n", b"a2 BAD TLS support isn't enabled.", b"a3 LOGIN ", b"a3 OK ")
def imap_refused(lab):
    serve(lab, "Schwefel", "imap", tls=False)
    password = secret("Schwefel")
    steps = ("a1 CAPABILITY", "a2 STARTTLS", f'a3 LOGIN "{ADA}" "{password}"', "a4 LOGOUT")
    with lab.capture():
        lab.talk(*steps, port=143, until=IMAP_ENDS)


@sample(b" STARTTLS ", b"AUTHENTICATE PLAIN", b" OK [CAPABILITY")
def imap_ignored(lab):
    serve(lab, "Schwefel", "imap")
    with lab.capture():
        curl(lab, "Schwefel", "imap://mail.example.net/")


@sample(b"LOGINDISABLED", b" LOGIN ", b" NO [PRIVACYREQUIRED]")
def imap_login_despite_disabled(lab):
    serve(lab, "Schwefel", "imap", tls_only="yes")
    with lab.capture():
        python(lab, "Schwefel", IMAP, "clear")


@sample(b"AUTHENTICATE PLAIN", b" OK [CAPABILITY")
def imap_stripped(lab):
    serve(lab, "Schwefel", "imap", middle="strip-imap", port=143)
    with lab.capture("middle", lacks=(b"STARTTLS",)):
        curl(lab, "Schwefel", "imap://mail.example.net/", "--ssl")


@sample(b"STLS\r\n", b"-ERR TLS support isn't enabled.", b"PASS ", b"+OK Logged in")
def pop3_refused(lab):
    serve(lab, "Gips", "pop3", tls=False)
    steps = ("STLS", f"USER {ADA}", f"PASS {secret('Gips')}", "STAT", "QUIT")
    with lab.capture():
        lab.talk(*steps, port=110, until=POP3_ENDS)


@sample(b"STLS\r\n", b"AUTH PLAIN", b"+OK Logged in")
def pop3_ignored(lab):
    serve(lab, "Gips", "pop3")
    with lab.capture():
        curl(lab, "Gips", "pop3://mail.example.net/")


@sample(b"USER ada@example.net", b"-ERR [AUTH] ")
def pop3_user_refused(lab):
    serve(lab, "Gips", "pop3", tls_only="yes")
    with lab.capture(lacks=(b"PASS ",)):
        python(lab, "Gips", POP3)


@sample(b"AUTH PLAIN", b"+OK Logged in")
def pop3_stripped(lab):
    serve(lab, "Gips", "pop3", middle="strip-pop3", port=110)
    with lab.capture("middle", lacks=(b"STLS",)):
        curl(lab, "Gips", "pop3://mail.example.net/", "--ssl")


@sample(b'"STARTTLS"', b"STARTTLS\r\n", b'OK "Begin TLS negotiation now."')
def sieve_starttls(lab):
    serve(lab, "Flint", "sieve")
    with lab.capture():
        python(lab, "Flint", SIEVE, "tls")


@sample(b"STARTTLS\r\n", b"NO ", b'AUTHENTICATE "PLAIN" "', b'OK "Logged in."')
def sieve_refused(lab):
    serve(lab, "Flint", "sieve", tls=False)
    with lab.capture():
        lab.talk(
            "STARTTLS",
            f'AUTHENTICATE "PLAIN" "{plain(ADA, secret("Flint"))}"',
            "LOGOUT",
            port=4190,
            until=SIEVE_ENDS,
        )


@sample(b'"STARTTLS"', b'AUTHENTICATE "PLAIN" ', b'OK "Logged in."')
def sieve_ignored(lab):
    serve(lab, "Flint", "sieve")
    with lab.capture():
        python(lab, "Flint", SIEVE, "never")


@sample(b'AUTHENTICATE "PLAIN" ', b'OK "Logged in."')
def sieve_stripped(lab):
    serve(lab, "Flint", "sieve", middle="strip-sieve", port=4190)
    with lab.capture("middle", lacks=(b"STARTTLS",)):
        python(lab, "Flint", SIEVE, "tls")
