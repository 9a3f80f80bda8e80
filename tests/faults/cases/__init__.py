"""The fault cases, in the order in which they run; each module registers its own."""
CASES = {}


def case(function):
    """Register a case under its function's name.  It returns what it did, in words."""
    CASES[function.__name__.replace("_", "-")] = function
    return function


from cases import stored, locked, hostile, refused  # noqa: E402, F401  (they fill CASES)
