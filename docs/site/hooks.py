"""Brings the pages of methods, tasks and decisions into the documentation, and turns links between them to it.

READMEs stay beside what they describe; here each becomes a page, so that nothing is written twice.
"""

import ast
import posixpath
import re
from pathlib import Path
from typing import Any

import yaml
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")


def _sources() -> dict[str, Path]:
    """Page -> README, of methods and tasks."""
    out = {}
    for path in sorted(ROOT.glob("methods/interpbench_methods/*/README.md")):
        out[f"methods/{path.parent.name}.md"] = path
    for path in sorted(ROOT.glob("tasks/interpbench_tasks/*/*/README.md")):
        out[f"tasks/{path.parent.parent.name}/{path.parent.name}.md"] = path
    return out


PAGES = _sources()
_BY_SOURCE = {path: page for page, path in PAGES.items()}


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that are made."""
    for page, path in PAGES.items():
        files.append(File.generated(config, page, content=path.read_text(encoding="utf-8")))
    files.append(File.generated(config, "methods/index.md", content=_methods()))
    files.append(File.generated(config, "tasks/index.md", content=_tasks()))
    files.append(File.generated(config, "decisions/index.md", content=_decisions()))
    for page, content in _toolkit().items():
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links to files that are pages here lead to the page; those to other files lose the link and keep their words."""
    here = page.file.src_uri
    source = PAGES.get(here, ROOT / "docs" / here).parent

    def target(found: re.Match[str]) -> str:
        path = Path(posixpath.normpath(source / found[1]))
        inside = _BY_SOURCE.get(path)
        if inside is None and path.is_relative_to(ROOT / "docs"):
            inside = path.relative_to(ROOT / "docs").as_posix()
        if inside is None:
            return "\0"
        return posixpath.relpath(inside, posixpath.dirname(here) or ".") + (found[2] or "")

    turned = _LINK.sub(target, markdown)
    return re.sub(r"!?\[([^\]]*)\]\(\0\)", r"\1", turned)


def _card(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _methods() -> str:
    lines = ["# Methods", "", "| method | what it does | rows |", "|---|---|---|"]
    for page, path in PAGES.items():
        if page.startswith("methods/"):
            card = _card(path.with_name("method.yaml"))
            rows = ", ".join(f"`{name}`" for name in card.get("variants", {}) if name)
            lines.append(f"| [{card['title']}]({posixpath.basename(page)}) | {card['summary']} | {rows} |")
    return "\n".join([*lines, ""])


def _tasks() -> str:
    lines = ["# Tasks", "", "| track | task | asks |", "|---|---|---|"]
    for page, path in PAGES.items():
        if page.startswith("tasks/"):
            card = _card(path.with_name("task.yaml"))
            _, track, name = page.removesuffix(".md").split("/")
            lines.append(f"| {track} | [{card.get('title', name)}]({track}/{name}.md) | {card.get('question', '')} |")
    return "\n".join([*lines, ""])


def _decisions() -> str:
    lines = ["# Decisions", "", "Where the design was changed, and why.", ""]
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        lines.append(f"- [{title}]({path.name})")
    return "\n".join([*lines, ""])


def _toolkit() -> dict[str, str]:
    """A page for each room of the toolkit, with all its modules, and one that lists them."""
    root = ROOT / "interpbench" / "toolkit"
    rooms = {path.parent.name: sorted(path.parent.glob("[!_]*.py")) for path in sorted(root.glob("*/__init__.py"))}
    pages = {"single": sorted(root.glob("[!_]*.py")), **rooms}
    lines = ["# Toolkit", "", "What methods are made of; each function is proved against an independent reference.", ""]
    lines += ["| room | what is in it |", "|---|---|"]
    out = {}
    for room, modules in pages.items():
        about = "Tools that are one file each." if room == "single" else _first_line(root / room / "__init__.py")
        lines.append(f"| [{room}]({room}.md) | {about} |")
        names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules]
        out[f"api/toolkit/{room}.md"] = "\n".join([f"# {room}", "", about, "", *(f"::: {name}" for name in names), ""])
    return {"api/toolkit/index.md": "\n".join([*lines, ""]), **out}


def _first_line(path: Path) -> str:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return told.splitlines()[0]
