"""Servers of the lab: Dovecot, for what reaches mailboxes, all its protocols."""
import os

from servers import Server, write
from world import run

DOVECOT = """\
protocols = {protocols}
listen = 198.51.100.25
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
default_login_user = dovenull
default_internal_user = dovecot
login_greeting = mail.example.net ready
hostname = mail.example.net
postmaster_address = postmaster@example.net
disable_plaintext_auth = {tls_only}
auth_mechanisms = plain login
mail_location = maildir:{home}/mail
ssl = {ssl}
{certificate}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users
}}
userdb {{
  driver = static
  args = uid=vmail gid=vmail home={home}/mail
}}
{more}
"""
LMTP = """\
service lmtp {
  inet_listener lmtp {
    port = 24
  }
}
"""
SUBMISSION = """\
submission_relay_host = 198.51.100.25
submission_relay_port = 25
"""
PORTS = {"imap": 143, "pop3": 110, "lmtp": 24, "sieve": 4190, "submission": 587}
MORE = {"lmtp": LMTP, "submission": SUBMISSION}


def dovecot(node, folder, *, protocols="imap pop3", certificate=None, accounts=None, tls_only="no"):
    """Dovecot for the protocols named; the first one's port says that it listens."""
    home = f"{folder}/dovecot"
    os.makedirs(f"{home}/mail")
    run("chown", "-R", "vmail:", f"{home}/mail")
    users = "".join(f"{user}:{password}\n" for user, password in (accounts or {}).items())
    write(f"{home}/users", users)
    pair = "ssl_cert = <{}\nssl_key = <{}\n".format(*certificate) if certificate else ""
    spoken = protocols.split()
    write(
        f"{home}/dovecot.conf",
        DOVECOT.format(
            home=home,
            protocols=protocols,
            tls_only=tls_only,
            certificate=pair,
            ssl="yes" if certificate else "no",
            more="".join(MORE.get(name, "") for name in spoken),
        ),
    )
    command = ["dovecot", "-F", "-c", f"{home}/dovecot.conf"]
    return Server(node, f"{folder}/dovecot.log", command, PORTS[spoken[0]])
