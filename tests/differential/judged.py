"""The table of differences that were looked into: rows of a class and the cases that show it, behind the reason for them."""


def rows(path):
    """Line number, class and case of each; a class without a reason above it is an error."""
    reason = ""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("# "):
                reason = line
            elif not line.strip() or line.startswith("##"):
                reason = ""
            else:
                what, *cases = line.split()
                if not reason:
                    raise SystemExit(f"{path}:{number}: no reason stands above it")
                yield from ((number, what, case) for case in cases)


def judge(found, path):
    """What fails: differences that nobody judged, rows that nothing shows."""
    table = {(what, case): number for number, what, case in rows(path)}
    shown = {(what, case) for case, what, _ in found}
    wrong = [f"FAILED {case}: {what}: {words}" for case, what, words in found if (what, case) not in table]
    wrong += [f"FAILED judged.txt:{number}: {what} of {case} does not occur" for (what, case), number in table.items()
              if (what, case) not in shown]
    return wrong
