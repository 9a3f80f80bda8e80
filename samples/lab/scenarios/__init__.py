"""The scenarios, by what happens to the protection; each module registers its own."""
from scenarios import clear, protected, refused, sides, sisters, tampered, wire  # noqa: F401
