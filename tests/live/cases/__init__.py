"""The live cases, in the order in which they begin; each module registers its own."""
CASES = {}


def case(*tools):
    """Register a case under its function's name; it is skipped where one of these tools is missing."""

    def register(function):
        CASES[function.__name__.replace("_", "-")] = (function, tools)
        return function

    return register


from cases import bounds, moments, operation, rows, stored  # noqa: E402, F401  (they fill CASES)
