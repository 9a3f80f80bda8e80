"""Sessions that reach TLS, well or badly."""
import certificates
from lab import scenario, secret

OFFER, ASK, AGREED = b"250-STARTTLS", b"STARTTLS\r\n", b"220 2.0.0 Ready to start TLS"
# a cipher list that lets OpenSSL speak what has been outdated for years
ANYTHING = "ALL:@SECLEVEL=0"
OUTDATED = {
    "smtpd_tls_protocols": ">=TLSv1",
    "smtpd_tls_ciphers": "medium",
    "tls_medium_cipherlist": ANYTHING,
}


@scenario(OFFER, ASK, AGREED)
def starttls_tls13(lab):
    lab.direct()
    lab.postfix(
        certificate=lab.certificate(),
        ports=(587,),
        accounts={"ada@example.net": secret("Turmalin")},
    )
    with lab.capture():
        lab.swaks(
            "--port",
            "587",
            "--tls",
            "--tls-sni",
            "mail.example.net",
            "--auth",
            "PLAIN",
            "--auth-user",
            "ada@example.net",
            "--auth-password",
            secret("Turmalin"),
        )


@scenario(OFFER, ASK, AGREED, b"Example Lab Root")
def starttls_tls12(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(), ports=(587,))
    with lab.capture():
        lab.msmtp(
            "--port=587",
            "--tls=on",
            "--tls-starttls=on",
            "--tls-priorities=NORMAL:-VERS-ALL:+VERS-TLS1.2",
            "--tls-trust-file=" + lab.authority.certificate,
        )


@scenario(OFFER, ASK, b"220 TLS go ahead")
def relay_postfix_exim(lab):
    lab.direct()
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")
    with lab.capture("server"):
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


def implicit(lab, version):
    lab.direct()
    lab.postfix(certificate=lab.certificate(), ports=(465,))
    with lab.capture():
        lab.curl(
            "--cacert",
            lab.authority.certificate,
            *version,
            url="smtps://mail.example.net:465/client.example.org",
        )


@scenario(b"mail.example.net")
def implicit_tls13(lab):
    implicit(lab, ("--tlsv1.3",))


@scenario(b"mail.example.net", b"Example Lab Root")
def implicit_tls12(lab):
    implicit(lab, ("--tlsv1.2", "--tls-max", "1.2"))


@scenario(OFFER, ASK, AGREED, b"Example Lab Root")
def expired_certificate_refused(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(lifetime=certificates.EXPIRED), ports=(587,))
    with lab.capture():
        lab.curl(
            "--ssl-reqd",
            "--tls-max",
            "1.2",
            "--cacert",
            lab.authority.certificate,
            must=False,
            url="smtp://mail.example.net:587/client.example.org",
        )


@scenario(OFFER, ASK, AGREED)
def expired_self_signed_accepted(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(lifetime=certificates.EXPIRED, self_signed=True))
    with lab.capture():
        lab.swaks("--tls", "--tls-protocol", "tlsv1_2")


@scenario(OFFER, ASK, AGREED)
def ipv6_submission(lab):
    lab.direct()
    lab.postfix(
        certificate=lab.certificate(),
        ports=(587,),
        accounts={"ada@example.net": secret("Turmalin")},
    )
    with lab.capture():
        lab.curl(
            "-6",
            "--ssl-reqd",
            "--cacert",
            lab.authority.certificate,
            "--user",
            "ada@example.net:" + secret("Turmalin"),
            url="smtp://mail.example.net:587/client.example.org",
        )


@scenario(OFFER, ASK, AGREED)
def tls10_starttls(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(kind="rsa"), **OUTDATED)
    with lab.capture():
        lab.s_client("-tls1", "-cipher", ANYTHING)


@scenario(OFFER, ASK, AGREED)
def dhe_1024(lab):
    lab.direct()
    parameters = certificates.dh_parameters(f"{lab.folder}/dh1024.pem", 1024)
    lab.postfix(
        certificate=lab.certificate(kind="rsa"), smtpd_tls_dh1024_param_file=parameters, **OUTDATED
    )
    with lab.capture():
        lab.s_client("-tls1_2", "-cipher", "DHE-RSA-AES128-SHA:@SECLEVEL=0")


@scenario(OFFER, ASK, AGREED)
def rsa_key_exchange(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(kind="rsa"))
    with lab.capture():
        lab.s_client("-tls1_2", "-cipher", "AES128-SHA")


@scenario(OFFER, ASK, AGREED)
def hello_retry(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(), tls_eecdh_auto_curves="prime256v1")
    with lab.capture():
        lab.s_client("-groups", "X25519:P-256")


@scenario(OFFER, ASK, AGREED)
def tls12_resumed(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate())
    ticket = f"{lab.folder}/ticket.pem"
    with lab.capture():
        lab.s_client("-tls1_2", "-sess_out", ticket)
        lab.s_client("-tls1_2", "-sess_in", ticket)


@scenario(OFFER, ASK, AGREED)
def version_mismatch(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(), smtpd_tls_protocols=">=TLSv1.2")
    with lab.capture():
        lab.s_client("-tls1_1", "-cipher", ANYTHING, must=False)
