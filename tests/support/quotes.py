"""Files quoted in the guide: `<!-- from PATH -->` stands before the fenced block that holds the file, word for word.

`python tests/support/quotes.py` writes the blocks anew.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_QUOTE = re.compile(r"(<!-- from (\S+) -->\n```\w*\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)


def renewed(page: str) -> str:
    """A page with its quotes as the files are now."""
    return _QUOTE.sub(lambda found: found[1] + (ROOT / found[2]).read_text(encoding="utf-8").strip() + "\n", page)


def pages() -> dict[Path, int]:
    """Pages with quotes, and how many."""
    counts = {path: len(_QUOTE.findall(path.read_text(encoding="utf-8"))) for path in ROOT.glob("docs/guide/*.md")}
    return {path: count for path, count in counts.items() if count}


if __name__ == "__main__":
    for path in pages():
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
