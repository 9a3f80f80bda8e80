"""Servers of the lab that carry no mail: vsftpd, slapd, Prosody, and the reader of INN."""
import os

from servers import Server, lines, write
from world import run

VSFTPD = {
    "listen": "YES",
    "listen_address": "198.51.100.25",
    "background": "NO",
    "local_enable": "YES",
    "chroot_local_user": "YES",
    "anonymous_enable": "NO",
    "pam_service_name": "vsftpd",
    "seccomp_sandbox": "NO",
    "isolate": "NO",
    "isolate_network": "NO",
}
VSFTPD_TLS = {
    "ssl_enable": "YES",
    "ssl_ciphers": "HIGH",
    "require_ssl_reuse": "NO",
    "force_local_logins_ssl": "NO",
    "force_local_data_ssl": "NO",
    "allow_anon_ssl": "YES",
}


def vsftpd(node, folder, *, account=None, certificate=None, **settings):
    """vsftpd, whose accounts are those of the machine, which has this one from now on."""
    home = f"{folder}/vsftpd"
    for part in ("empty", "public"):
        os.makedirs(f"{home}/{part}")
    write(f"{home}/public/tides", "High water at noon.\n")
    options = {**VSFTPD, "secure_chroot_dir": f"{home}/empty", "anon_root": f"{home}/public"}
    if certificate:
        options.update(VSFTPD_TLS, rsa_cert_file=certificate[0], rsa_private_key_file=certificate[1])
    options.update(settings)
    if account:
        _account(*account, f"{home}/public")
    text = lines(options).replace(" = ", "=")
    write(f"{home}/vsftpd.conf", text)
    port = int(options.get("listen_port", 21))
    return Server(node, f"{folder}/vsftpd.log", ["vsftpd", f"{home}/vsftpd.conf"], port)


def _account(name, password, home):
    digest = run("openssl", "passwd", "-6", "-stdin", input=password).strip()
    with open("/etc/passwd", encoding="utf-8") as known:
        kept = [line for line in known if not line.startswith(name + ":")]
    with open("/etc/passwd", "w", encoding="utf-8") as file:
        file.writelines([*kept, f"{name}:{digest}:7007:7007::{home}:/bin/sh\n"])


SLAPD = """\
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {home}/pid
{tls}
{main}
database mdb
suffix "dc=example,dc=net"
directory {home}/data
"""
TREE = """\
dn: dc=example,dc=net
objectClass: dcObject
objectClass: organization
dc: example
o: Example Net

dn: cn=ada,dc=example,dc=net
objectClass: person
cn: ada
sn: Ada
userPassword: {password}
"""


def slapd(node, folder, *, password, certificate=None, main="", port=389):
    """slapd with one person in its tree."""
    home = f"{folder}/slapd"
    os.makedirs(f"{home}/data")
    tls = "TLSCertificateFile {}\nTLSCertificateKeyFile {}".format(*certificate or ("", ""))
    text = SLAPD.format(home=home, tls=tls if certificate else "", main=main)
    write(f"{home}/slapd.conf", text)
    write(f"{home}/tree", TREE.format(password=password))
    run("slapadd", "-f", f"{home}/slapd.conf", "-l", f"{home}/tree")
    url = f"ldap{'s' if port == 636 else ''}://198.51.100.25:{port}/"
    command = ["slapd", "-d", "0", "-h", url, "-f", f"{home}/slapd.conf"]
    return Server(node, f"{folder}/slapd.log", command, port)


PROSODY = """\
run_as_root = true
daemonize = false
data_path = "{home}/data"
log = {{ info = "{home}/log" }}
interfaces = {{ "198.51.100.25" }}
modules_enabled = {{ "roster", "saslauth", "tls", "dialback", "disco" }}
authentication = "internal_plain"
c2s_direct_tls_ports = {{ 5223 }}
c2s_require_encryption = {required}
s2s_require_encryption = false
allow_unencrypted_plain_auth = true
{ssl}
VirtualHost "example.net"
"""


def prosody(node, folder, *, account=None, certificate=None, required="false"):
    """Prosody for example.net: clients on 5222 and 5223, servers on 5269."""
    home = f"{folder}/prosody"
    pair = certificate or (f"{home}/none.pem", f"{home}/none.key")
    ssl = 'ssl = {{ certificate = "{}", key = "{}" }}'.format(*pair)
    text = PROSODY.format(home=home, required=required, ssl=ssl)
    write(f"{home}/prosody.cfg.lua", text)
    if account:
        stored = f'return {{ ["password"] = "{account[1]}"; }};\n'
        write(f"{home}/data/example%2enet/accounts/{account[0]}.dat", stored)
    command = ["prosody", "-F", "--config", f"{home}/prosody.cfg.lua"]
    return Server(node, f"{folder}/prosody.log", command, 5222)


INN = """\
mta: "/bin/true"
nnrpdloadlimit: 0
domain: example.net
organization: "Example Net"
pathhost: news.example.net
fromhost: example.net
ovmethod: tradindexed
hismethod: hisv6
pathnews: /usr/lib/news
pathetc: /etc/news
pathdb: {home}/db
patharticles: {home}/articles
pathspool: {home}
pathrun: {home}/run
pathlog: {home}/log
pathtmp: {home}/tmp
"""
INN_TLS = """\
tlscertfile: {}
tlskeyfile: {}
tlscapath: /etc/ssl/certs
"""
READERS = """\
auth "everyone" {{
  hosts: "*"
  auth: "ckpasswd -f {home}/users"
  require_encryption: {required}
}}
access "readers" {{
  users: "*"
  newsgroups: "*"
}}
"""


def nnrpd(node, folder, *, account, certificate=None, required="false"):
    """The reader of INN, without INN, with one group that is empty."""
    home = f"{folder}/inn"
    for part in ("db", "articles", "overview", "run", "log", "tmp"):
        os.makedirs(f"{home}/{part}")
    digest = run("openssl", "passwd", "-6", "-stdin", input=account[1]).strip()
    write(f"{home}/users", f"{account[0]}:{digest}\n")
    write(f"{home}/readers.conf", READERS.format(home=home, required=required))
    write(f"{home}/db/active", "example.tides 0000000000 0000000001 y\n")
    write(f"{home}/db/newsgroups", "example.tides\tHigh water\n")
    text = INN.format(home=home)
    if certificate:
        text += INN_TLS.format(certificate[0], f"{home}/key")
        run("install", "-m", "600", certificate[1], f"{home}/key")
    write("/etc/news/inn.conf", text)
    run("chown", "-R", "news:", home)
    as_news = ("setpriv", "--reuid=news", "--regid=news", "--clear-groups")
    run(*as_news, "/usr/lib/news/bin/tdx-util", "-c", "-n", "example.tides")
    command = ["/usr/lib/news/bin/nnrpd", "-D", "-f", "-p", "119", "-c", f"{home}/readers.conf"]
    return Server(node, f"{folder}/nnrpd.log", command, 119)
