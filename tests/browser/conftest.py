"""Fixtures of a browser."""

from chromium_pages import browser, visit

__all__ = ["browser", "visit"]
