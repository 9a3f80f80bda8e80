"""The scenarios, by what happens to the protection; each module registers its own."""
from scenarios import (  # noqa: F401
    chat,
    clear,
    delivery,
    directory,
    fallback,
    ftp,
    mailboxes,
    news,
    protected,
    raced,
    refused,
    sides,
    sisters,
    tampered,
    wire,
)
