"""Sessions in clear that nobody tampered with, passwords before TLS among them."""
import base64
import re

from lab import plain, scenario, secret
from servers import exim_login
from world import HERE

ADA = "ada@example.net"
QUOTED = """\
Here is what my client did yesterday:

220 mail.example.net ESMTP Postfix
EHLO client.example.org
250-mail.example.net
250-STARTTLS
250 AUTH PLAIN LOGIN
AUTH PLAIN {login}
235 2.7.0 Authentication successful
STARTTLS
220 2.0.0 Ready to start TLS
AUTH LOGIN
334 VXNlcm5hbWU6
..
MAIL FROM:<ada@example.org>

What did I do wrong?"""


@scenario(b"250-STARTTLS", b"AUTH PLAIN ", b"235 2.7.0")
def auth_plain_before_tls(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(), ports=(587,), accounts={ADA: secret("Kiesel")})
    with lab.capture():
        lab.swaks(
            "--port",
            "587",
            "--auth",
            "PLAIN",
            "--auth-user",
            ADA,
            "--auth-password",
            secret("Kiesel"),
        )


@scenario(b"AUTH LOGIN", b"334 VXNlcm5hbWU6", b"235 ")
def auth_login_no_tls(lab):
    lab.direct()
    lab.exim(port=587, authenticators=exim_login("LOGIN", "ada@example.com", secret("Basalt")))
    with lab.capture():
        lab.swaks(
            "--port",
            "587",
            "--auth",
            "LOGIN",
            "--auth-user",
            "ada@example.com",
            "--auth-password",
            secret("Basalt"),
            server="203.0.113.25",
            to="bob@example.com",
        )


@scenario(b"250-STARTTLS", b"AUTH PLAIN ", b"530 5.7.0 Must issue a STARTTLS command first")
def auth_despite_530(lab):
    lab.direct()
    lab.postfix(
        certificate=lab.certificate(),
        ports=(587,),
        accounts={ADA: secret("Granit")},
        smtpd_tls_security_level="encrypt",
    )
    with lab.capture():
        lab.talk(
            "EHLO client.example.org",
            "AUTH PLAIN " + plain(ADA, secret("Granit")),
            "QUIT",
            port=587,
        )


@scenario(b"250-STARTTLS", b"AUTH PLAIN ", b"535 5.7.8")
def auth_wrong_password(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(), ports=(587,), accounts={ADA: secret("Granit")})
    with lab.capture():
        lab.swaks(
            "--port",
            "587",
            "--auth",
            "PLAIN",
            "--auth-user",
            ADA,
            "--auth-password",
            secret("Falscher"),
            must=False,
        )


@scenario(b"AUTH CRAM-MD5", b"235 2.7.0")
def auth_cram_md5(lab):
    lab.direct()
    lab.postfix(ports=(587,), accounts={ADA: secret("Marmor")}, mechanisms="CRAM-MD5")
    with lab.capture():
        said = lab.msmtp(
            "--port=587",
            "--auth=cram-md5",
            "--user=" + ADA,
            "--passwordeval=echo " + secret("Marmor"),
            "--debug",
        )
    remember_response(said)


def remember_response(said):
    """The response to a challenge is new in each recording: put it into the list of secrets."""
    answers = [
        base64.b64decode(line.split()[1]).split()[-1].decode()
        for line in said.splitlines()
        if re.fullmatch(r"--> [A-Za-z0-9+/=]{40,}", line.strip())
    ]
    path = f"{HERE}/secrets"
    with open(path, encoding="ascii") as listed:
        kept = [line for line in listed if not re.fullmatch(r"[0-9a-f]{32}\n", line)]
    with open(path, "w", encoding="ascii") as listed:
        listed.writelines(kept + [answer + "\n" for answer in answers])


@scenario(b"AUTH XOAUTH2", b"235 ")
def auth_xoauth2(lab):
    lab.direct()
    lab.exim(port=587, authenticators=exim_login("XOAUTH2", "ada@example.com", secret("Feldspat")))
    with lab.capture():
        lab.curl(
            "--login-options",
            "AUTH=XOAUTH2",
            "--user",
            "ada@example.com:",
            "--oauth2-bearer",
            secret("Feldspat"),
            url="smtp://mx.example.com:587/client.example.org",
        )


@scenario(b"250-STARTTLS", b"MAIL FROM", b"250 2.0.0 Ok: queued")
def starttls_ignored(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate())
    with lab.capture():
        lab.swaks()


@scenario(b"250-STARTTLS", b"220 2.0.0 Ready to start TLS", b"MAIL FROM")
def handshake_failed_then_clear(lab):
    """Exim fails the handshake, connects again and sends the same mail in clear (RFC 7435)."""
    lab.direct()
    lab.postfix(certificate=lab.certificate(), smtpd_tls_protocols=">=TLSv1.3")
    lab.exim_relay("tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2")
    with lab.capture("server"):
        lab.relay_mail()
        lab.wait_for("Completed")


@scenario(b"BDAT ", b"250 CHUNKING")
def bdat_chunking(lab):
    lab.direct()
    lab.postfix()
    lab.exim_relay("hosts_try_chunking = *")
    with lab.capture("server"):
        lab.relay_mail(body="STARTTLS\nAUTH LOGIN\nare only words in this chunk.")
        lab.wait_for("Completed")


@scenario(b"BDAT 21\r\n", b"BDAT 31 LAST\r\nAUTH LOGIN\r\n", b"250 2.0.0 Ok: ")
def bdat_several_chunks(lab):
    """Chunks that end within a line and begin like commands (RFC 3030)."""
    lab.direct()
    lab.postfix()
    with lab.capture():
        lab.talk(
            "EHLO client.example.org",
            "MAIL FROM:<ada@example.org>",
            "RCPT TO:<bob@example.net>",
            "=BDAT 21\\r\\nSubject: Tide table\\r\\n",
            "=BDAT 10\\r\\n\\r\\nSTARTTLS",
            "=BDAT 31 LAST\\r\\nAUTH LOGIN\\r\\nBDAT 9999 LAST\\r\\n.\\r\\n",
            "QUIT",
        )


@scenario(b"AUTH PLAIN AHF1b3RlZ", b"250-STARTTLS", b"250 2.0.0 Ok: queued")
def quoted_dialogue(lab):
    lab.direct()
    lab.postfix()
    with lab.capture():
        lab.swaks(
            subject="What my client did",
            body=QUOTED.format(login=plain("quoted@example.net", secret("Zitat"))),
        )


@scenario(b"EHLO relay", b"502 5.5.1", b"HELO relay", b"250 OK id=")
def helo_after_refused_ehlo(lab):
    lab.direct()
    lab.exim(
        main="acl_smtp_helo = no_ehlo\n",
        acl="no_ehlo:\n  deny condition = ${if match{$smtp_command}{^EHLO}}\n"
        "    message = 502 5.5.1 EHLO not implemented\n  accept\n",
    )
    lab.relay(smtp_tls_security_level="may")
    with lab.capture("server"):
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


@scenario(b"250-PIPELINING", b"RCPT TO")
def pipelining(lab):
    lab.direct()
    lab.exim()
    lab.relay()
    with lab.capture("server"):
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


@scenario(b"EHLO client.example.org\n", b"250 2.0.0 Ok: queued")
def bare_lf(lab):
    lab.direct()
    lab.postfix()
    with lab.capture():
        lab.talk(
            "=EHLO client.example.org\\n",
            "=MAIL FROM:<ada@example.org>\\n",
            "=RCPT TO:<bob@example.net>\\n",
            "=DATA\\n",
            "=Subject: Tide table\\n\\nHigh water at noon.\\n.\\n",
            "=QUIT\\n",
        )
