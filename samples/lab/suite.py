"""The suite that the recordings go into: what may be kept, where, and the list of it all."""
import hashlib
import os
import shutil

from world import HERE, run

SUITE = os.path.dirname(HERE)


def check(path, holds, lacks):
    with open(path, "rb") as file:
        content = file.read()
    for fact in holds:
        if fact not in content:
            raise SystemExit(f"{path} lacks {fact!r}")
    for fact in lacks:
        if fact in content:
            raise SystemExit(f"{path} holds {fact!r}")


def publish(path, folder):
    """Move a capture to its place, compressed as its neighbour there is; returns its name in the suite."""
    name = os.path.basename(path)
    packer = {
        "vlan-tagged.pcap": ("gzip", "-9n", ".gz"),
        "any-interface.pcap": ("zstd", "-q19", ".zst"),
        "stripped-after-days.pcap": ("zstd", "-q19", ".zst"),
    }.get(name)
    if packer:
        run(packer[0], packer[1], "-f", path)
        path, name = path + packer[2], name + packer[2]
    os.makedirs(os.path.join(SUITE, folder), exist_ok=True)
    shutil.copyfile(path, os.path.join(SUITE, folder, name))
    return os.path.join(folder, name)


def manifest():
    """MANIFEST: size, digest and name of every sample there is."""
    rows = []
    for folder in ("", "protocols"):
        for name in sorted(os.listdir(os.path.join(SUITE, folder))):
            if ".pcap" not in name:
                continue
            name = os.path.join(folder, name)
            with open(os.path.join(SUITE, name), "rb") as file:
                content = file.read()
            rows.append(f"{hashlib.sha256(content).hexdigest()}  {len(content):6}  {name}\n")
    with open(os.path.join(SUITE, "MANIFEST"), "w", encoding="ascii") as file:
        file.writelines(rows)
