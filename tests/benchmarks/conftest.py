"""Fixtures of a browser."""

from chromium_pages import browser

__all__ = ["browser"]
