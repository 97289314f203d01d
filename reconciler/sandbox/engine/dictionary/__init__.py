"""The data dictionary: what Oracle's own views show of the catalog.

Other rooms import `views` (names, columns, and `attach`, which makes views readable on a SQLite connection) and `latest` (the same inside an
open transaction), and nothing else. The other modules are tables of definitions by theme; `definition` says how they are written, `feeds` what
the session and the instance add to the catalog.
"""
