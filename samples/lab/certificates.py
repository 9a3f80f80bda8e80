"""Certificates for one scenario, made with the openssl command."""
import datetime
import os

from world import run

AUTHORITY = """\
[ca]
default_ca = lab
[lab]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
[any]
organizationName = optional
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""
KEYS = {
    "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "rsa1024": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
}
EXPIRED = ("20230101000000Z", "20240331235959Z")


def lifetime_now():
    today = datetime.date.today()
    first, last = today - datetime.timedelta(days=30), today + datetime.timedelta(days=367)
    return first.strftime("%Y%m%d000000Z"), last.strftime("%Y%m%d235959Z")


class Authority:
    """A certification authority in a folder, and the certificates it issues."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.folder = folder
        self.config = f"{folder}/openssl.cnf"
        with open(self.config, "w", encoding="ascii") as config:
            config.write(AUTHORITY.format(folder=folder))
        open(f"{folder}/index", "w", encoding="ascii").close()
        with open(f"{folder}/serial", "w", encoding="ascii") as serial:
            serial.write("5A01\n")
        self.key = self._key("authority", "ec")
        self.certificate = f"{folder}/authority.pem"
        run(
            "openssl",
            "req",
            "-x509",
            "-new",
            "-config",
            self.config,
            "-extensions",
            "authority",
            "-key",
            self.key,
            "-subj",
            "/O=Example Lab/CN=Example Lab Root",
            "-days",
            "3650",
            "-out",
            self.certificate,
        )

    def issue(self, name, kind="ec", lifetime=None, self_signed=False):
        """Returns (certificate file, key file)."""
        first, last = lifetime or lifetime_now()
        key = self._key(name, kind)
        request, certificate = f"{self.folder}/{name}.csr", f"{self.folder}/{name}.pem"
        run(
            "openssl",
            "req",
            "-new",
            "-config",
            self.config,
            "-key",
            key,
            "-out",
            request,
            "-subj",
            f"/O=Example Lab/CN={name}",
            "-addext",
            f"subjectAltName=DNS:{name}",
        )
        signer = (
            ["-selfsign", "-keyfile", key]
            if self_signed
            else ["-cert", self.certificate, "-keyfile", self.key]
        )
        run(
            "openssl",
            "ca",
            "-batch",
            "-notext",
            "-config",
            self.config,
            "-in",
            request,
            "-out",
            certificate,
            "-startdate",
            first,
            "-enddate",
            last,
            *signer,
        )
        return certificate, key

    def _key(self, name, kind):
        path = f"{self.folder}/{name}.key"
        run("openssl", "genpkey", *KEYS[kind], "-out", path)
        return path


def dh_parameters(path, bits):
    run("openssl", "dhparam", "-out", path, str(bits))
    return path
