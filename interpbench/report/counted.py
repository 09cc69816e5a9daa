"""Numbers of things in words."""


def counted(count: int, thing: str, things: str = "") -> str:
    """`1 problem`, `2 problems`, `0 problems`.

    Args:
        count: how many.
        thing: one of them.
        things: several; with an s when left out.
    """
    return f"{count} {thing if count == 1 else things or f'{thing}s'}"
