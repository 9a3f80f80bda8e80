"""Sister protocols, IMAP and POP3: Dovecot, with curl for TLS and Python's libraries without."""
import sys

from lab import scenario, secret

ADA = "ada@example.net"
IMAP = """
import imaplib, sys
box = imaplib.IMAP4("198.51.100.25")
box.login(*sys.argv[1:])
box.select()
box.logout()
"""
POP3 = """
import poplib, sys
box = poplib.POP3("198.51.100.25")
box.user(sys.argv[1])
box.pass_(sys.argv[2])
box.quit()
"""


def dovecot(lab, word, **settings):
    lab.direct()
    lab.dovecot(accounts={ADA: secret(word)}, **settings)


def fetch_by_tls(lab, url, *options):
    dovecot(lab, "Turmalin", certificate=lab.certificate())
    with lab.capture():
        lab.client(
            "curl",
            "-4sSv",
            url,
            "--user",
            f"{ADA}:{secret('Turmalin')}",
            "--ssl-reqd",
            "--cacert",
            lab.authority.certificate,
            *options,
        )


@scenario(b"STARTTLS", b"OK Begin TLS negotiation now")
def imap_starttls(lab):
    fetch_by_tls(lab, "imap://mail.example.net/", "--tls-max", "1.2")


@scenario(b"STLS", b"+OK Begin TLS negotiation now")
def pop3_stls(lab):
    fetch_by_tls(lab, "pop3://mail.example.net/")


@scenario(b"STARTTLS", b"LOGIN ", b"OK [CAPABILITY")
def imap_login_clear(lab):
    dovecot(lab, "Topas", certificate=lab.certificate())
    with lab.capture():
        lab.client(sys.executable, "-c", IMAP, ADA, secret("Topas"))


@scenario(b"USER ada@example.net", b"PASS ", b"+OK Logged in")
def pop3_pass_clear(lab):
    dovecot(lab, "Korund")
    with lab.capture():
        lab.client(sys.executable, "-c", POP3, ADA, secret("Korund"))
