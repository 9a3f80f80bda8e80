"""What Postfix, Exim and msmtp do when STARTTLS is refused or the handshake comes to grief."""
from lab import scenario
from servers import write

ASK, HELLO = b"STARTTLS\r\n", b"\x16\x03\x01"
IN_CLEAR = b"MAIL FROM"
TLS12 = "tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2"


@scenario(b"250-STARTTLS", ASK, b"500 5.5.2 Error: command not recognized", IN_CLEAR)
def refused_500_then_clear(lab):
    """A filter in front of the server's commands knows no STARTTLS; Exim goes on at once."""
    lab.direct()
    unknown = write(f"{lab.folder}/unknown", "/^STARTTLS/ XSTARTTLS\n")
    lab.postfix(certificate=lab.certificate(), smtpd_command_filter="regexp:" + unknown)
    lab.exim_relay("")
    with lab.capture("server"):
        lab.relay_mail()
        lab.wait_for("Completed")


@scenario(b"250-STARTTLS", ASK, b"502 5.5.1 TLS not implemented", IN_CLEAR)
def refused_502_then_clear(lab):
    lab.direct()
    lab.exim(
        certificate=lab.certificate("mx.example.com"),
        main="acl_smtp_starttls = no_tls\n",
        acl="no_tls:\n  deny message = 502 5.5.1 TLS not implemented\n",
    )
    lab.relay(smtp_tls_security_level="may")
    with lab.capture("server"):
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


def postfix_meets(lab, how):
    """Postfix defers, and goes on in clear when a handshake fails again on a later attempt."""
    lab.bridged()
    lab.tamper(how)
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may", queue_run_delay="2s", minimal_backoff_time="2s")
    with lab.capture():
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


def exim_meets(lab, how):
    """Exim connects again at once and asks for no TLS."""
    lab.bridged()
    lab.tamper(how)
    lab.postfix(certificate=lab.certificate())
    lab.exim_relay("")
    with lab.capture():
        lab.relay_mail()
        lab.wait_for("Completed")


def msmtp_meets(lab, how):
    """A mail user agent that was told to use TLS gives up."""
    lab.bridged()
    lab.tamper(how, port=587)
    lab.postfix(certificate=lab.certificate(), ports=(587,))
    with lab.capture():
        lab.msmtp(
            "--port=587",
            "--tls=on",
            "--tls-starttls=on",
            "--tls-trust-file=" + lab.authority.certificate,
            must=False,
        )


def meets(how, holds):
    for client, function, further in (
        ("postfix", postfix_meets, (IN_CLEAR,)),
        ("exim", exim_meets, (IN_CLEAR,)),
        ("msmtp", msmtp_meets, ()),
    ):
        scenario(b"250-STARTTLS", ASK, *holds, *further, name=f"{how}-{client}")(
            lambda lab, function=function: function(lab, how)
        )


meets("reset-hello", (b"220 ", HELLO))
meets("garbled-hello", (b"220 ", HELLO))


@scenario(b"250-STARTTLS", ASK, b"220 2.0.0 Ready to start TLS", IN_CLEAR)
def rejected_certificate_then_clear(lab):
    """Exim does not know the issuer, leaves TLS as soon as it is there, and sends in clear."""
    lab.direct()
    lab.postfix(certificate=lab.certificate(self_signed=True))
    trust = f"tls_verify_certificates = {lab.authority.certificate}"
    lab.exim_relay(f"{trust}\n  tls_verify_hosts = *\n  {TLS12}")
    with lab.capture("server"):
        lab.relay_mail()
        lab.wait_for("Completed")
