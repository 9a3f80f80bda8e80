"""Somebody nearer to the client than the server is, who cannot stop what the server says."""
from lab import scenario

OFFER, OTHER = b"250-STARTTLS\r\n", b"250-CHUNKING\r\n"


def far_postfix(lab, **settings):
    """A server at such a distance that segments lose nine hops on the way."""
    lab.bridged()
    lab.nodes["server"].sh("sysctl", "-qw", "net/ipv4/ip_default_ttl=55")
    lab.postfix(certificate=lab.certificate(), **settings)


def reply_to_ehlo(lab):
    """What the server says, as the attacker has learnt beforehand."""
    probe = lab.tamper("pass")
    said = lab.talk("EHLO client.example.org", "QUIT")
    probe.stop()
    reply = [line[2:].strip() for line in said.splitlines() if line.startswith("< 250")]
    return b"".join(line.encode() + b"\r\n" for line in reply)


@scenario(OFFER, OTHER, b"250 2.0.0 Ok: queued")
def raced_ehlo(lab):
    """A forged reply of the same length comes first; the real one looks like it sent again."""
    far_postfix(lab, smtpd_discard_ehlo_keywords="chunking")
    path = f"{lab.folder}/forged"
    with open(path, "wb") as file:
        file.write(reply_to_ehlo(lab).replace(OFFER, OTHER))
    lab.tamper("race", path)
    with lab.capture():
        lab.swaks("--tls-optional")


@scenario(OFFER, b"STARTTLS\r\n", b"220 2.0.0 Ready to start TLS", b"250 2.0.0 Ok: queued")
def reset_starttls(lab):
    """A forged RST ends the client's side; what the server answers comes too late.

    Four times, until the client's user turns TLS off.
    """
    far_postfix(lab)
    lab.tamper("reset-starttls")
    with lab.capture():
        for _ in range(4):
            lab.swaks("--tls", must=False)
        lab.swaks()


@scenario(b"250-STARTTLS", b"EHLO relay.example.org", b"MAIL FROM", b"250 OK id=")
def stripped_after_days(lab):
    """Twelve protected mails, a day and a little between them; then somebody begins to strip."""
    lab.bridged()
    for end in ("client", "server"):
        # whose clock would show that no days passed
        lab.nodes[end].sh("sysctl", "-qw", "net/ipv4/tcp_timestamps=0")
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")
    with lab.capture():
        bystander = lab.tamper("pass")
        for number in range(1, 14):
            if number == 13:
                bystander.stop()
                lab.tamper("strip")
            lab.relay_mail(domain="example.com")
            lab.wait_for("status=sent", times=number)
    whole = lab.recording()
    whole.days_apart()
    whole.write()
