#!/usr/bin/env python3
"""Figures as pictures, those of a soak and those of the bench: plot.py SOAK.csv OUT.svg"""
import csv
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, GAP = 760, 180, 70, 20, 34, 62
PANELS = (
    ("Resident memory, MiB", "rss_bytes", 1 << 20, "#1f5fa8"),
    ("Database, MiB", "database_bytes", 1 << 20, "#a8551f"),
    ("Frames dropped", "dropped", 1, "#a81f3c"),
)
COLOURS = ("#1f5fa8", "#a8551f")
BAR, ROW = 16, 26
STYLE = "text{font:12px sans-serif;fill:#222}path{fill:none;stroke-width:1.6}line{stroke:#ccc}"


def round_up(value):
    """The next of 1, 2, 5, 10, 20, 50, ... that is not below."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if value <= step * factor:
                return step * factor
        step *= 10


def grid(top, high, most):
    """Five lines with what they stand for."""
    for part in range(5):
        y = top + high - high * part / 4
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * part / 4:g}</text>'


def panel(rows, top, words, column, unit, colour):
    """One curve over the sessions stored so far."""
    across = [int(row["sessions"]) for row in rows]
    values = [int(row[column]) / unit for row in rows]
    most, far, wide = round_up(max(values + [1])), max(across + [1]), WIDTH - LEFT - RIGHT
    points = [f"{LEFT + wide * x / far:.1f} {top + HEIGHT - HEIGHT * y / most:.1f}" for x, y in zip(across, values)]
    yield f'<text x="{LEFT}" y="{top - 8}">{words}</text>'
    yield from grid(top, HEIGHT, most)
    for part in range(5):
        x = LEFT + wide * part / 4
        yield f'<text x="{x:.1f}" y="{top + HEIGHT + 16}" text-anchor="middle">{far * part / 4000:.0f}k</text>'
    yield f'<path stroke="{colour}" d="M{" L".join(points)}"/>'


def picture(path, high, lines):
    """Writes an SVG file."""
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{high}">', f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{high}" fill="#fff"/>']
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join([*head, *lines, "</svg>"]) + "\n")


def write(source, target):
    with open(source, encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    high, lines = TOP + len(PANELS) * (HEIGHT + GAP), []
    for number, parts in enumerate(PANELS):
        lines += panel(rows, TOP + number * (HEIGHT + GAP), *parts)
    lines += [f'<text x="{WIDTH - RIGHT}" y="{high - 18}" text-anchor="end">sessions stored</text>']
    picture(target, high, lines)


def bars(top, ratios):
    """A bar for each (name, ratio, at most), with a mark where it is to end."""
    far, wide = round_up(max(max(ratio, most or 0) for _, ratio, most in ratios)), WIDTH - LEFT - RIGHT - 40
    yield f'<text x="{LEFT}" y="{top - 8}">Time of a reading into SQLite, in those of a bare libpcap loop; the mark is the aim</text>'
    for number, (name, ratio, most) in enumerate(ratios):
        y = top + number * ROW
        yield f'<text x="{LEFT - 6}" y="{y + BAR - 4}" text-anchor="end">{name}</text>'
        yield f'<rect x="{LEFT}" y="{y}" width="{wide * ratio / far:.1f}" height="{BAR}" fill="{COLOURS[0]}"/>'
        yield f'<text x="{LEFT + wide * ratio / far + 6:.1f}" y="{y + BAR - 4}">{ratio:.2f}</text>'
        if most:
            x = LEFT + wide * most / far
            yield f'<path stroke="{COLOURS[1]}" stroke-width="3" d="M{x:.1f} {y - 3} V{y + BAR + 3}"/>'


def growth(top, curves):
    """A curve for each name: nanoseconds a frame over how many flows are open."""
    values = [point for points in curves.values() for point in points]
    least, decades = math.log10(values[0][0]), math.log10(values[-1][0] / values[0][0]) or 1
    most, wide = round_up(max(value for _, value in values)), WIDTH - LEFT - RIGHT - 80
    yield f'<text x="{LEFT}" y="{top - 8}">Nanoseconds a frame, by how many flows are open at a time</text>'
    yield from grid(top, HEIGHT, most)
    for (name, points), colour in zip(curves.items(), COLOURS):
        spots = [(LEFT + 20 + wide * (math.log10(flows) - least) / decades, top + HEIGHT - HEIGHT * value / most)
                 for flows, value in points]
        yield f'<path stroke="{colour}" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in spots)}"/>'
        yield f'<text x="{spots[-1][0] - 4:.1f}" y="{spots[-1][1] - 6:.1f}" text-anchor="end">{name}</text>'
    for (x, _), (flows, _) in zip(spots, points):
        yield f'<text x="{x:.1f}" y="{top + HEIGHT + 16}" text-anchor="middle">{flows:,}</text>'


def write_speed(path, ratios, curves):
    """The picture of the bench: ratios [(name, ratio, at most)], curves {name: [(flows, ns)]}."""
    below = TOP + len(ratios) * ROW + GAP - ROW
    picture(path, below + HEIGHT + ROW, [*bars(TOP, ratios), *growth(below, curves)])


if __name__ == "__main__":
    write(*sys.argv[1:])
