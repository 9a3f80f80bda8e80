#!/usr/bin/env python3
"""The figures of a soak as a picture: plot.py IN.csv OUT.svg"""
import csv
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, GAP = 760, 180, 70, 20, 34, 62
PANELS = (
    ("Resident memory, MiB", "rss_bytes", 1 << 20, "#1f5fa8"),
    ("Database, MiB", "database_bytes", 1 << 20, "#a8551f"),
    ("Frames dropped", "dropped", 1, "#a81f3c"),
)
STYLE = "text{font:12px sans-serif;fill:#222}path{fill:none;stroke-width:1.6}line{stroke:#ccc}"


def round_up(value):
    """The next of 1, 2, 5, 10, 20, 50, ... that is not below."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if value <= step * factor:
                return step * factor
        step *= 10


def panel(rows, top, words, column, unit, colour):
    """One curve over the sessions stored so far."""
    across = [int(row["sessions"]) for row in rows]
    values = [int(row[column]) / unit for row in rows]
    most, far, wide = round_up(max(values + [1])), max(across + [1]), WIDTH - LEFT - RIGHT
    points = [f"{LEFT + wide * x / far:.1f} {top + HEIGHT - HEIGHT * y / most:.1f}" for x, y in zip(across, values)]
    yield f'<text x="{LEFT}" y="{top - 8}">{words}</text>'
    for part in range(5):
        y = top + HEIGHT - HEIGHT * part / 4
        yield f'<line x1="{LEFT}" x2="{LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * part / 4:g}</text>'
        x = LEFT + wide * part / 4
        yield f'<text x="{x:.1f}" y="{top + HEIGHT + 16}" text-anchor="middle">{far * part / 4000:.0f}k</text>'
    yield f'<path stroke="{colour}" d="M{" L".join(points)}"/>'


def write(source, target):
    with open(source, encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    high = TOP + len(PANELS) * (HEIGHT + GAP)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{high}">', f"<style>{STYLE}</style>",
             f'<rect width="{WIDTH}" height="{high}" fill="#fff"/>']
    for number, parts in enumerate(PANELS):
        lines += panel(rows, TOP + number * (HEIGHT + GAP), *parts)
    lines += [f'<text x="{WIDTH - RIGHT}" y="{high - 18}" text-anchor="end">sessions stored</text>', "</svg>"]
    with open(target, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    write(*sys.argv[1:])
