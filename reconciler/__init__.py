"""Access to Oracle databases as reviewed code."""

__version__ = "0.1.0"
