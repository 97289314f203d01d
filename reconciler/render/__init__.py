"""Results as text and JSON. `terminal` makes foreign text harmless and lays out tables; `text` and `as_json` hold one function a result.

Imports `model` only; takes no decision and does no I/O.
"""
