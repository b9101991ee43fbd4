"""The HTTP edge: Flask views of at most ten lines, and the one place where an error becomes a status code."""

from router.web.app import WebParts, create_app

__all__ = ["WebParts", "create_app"]
