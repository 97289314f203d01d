"""The database behind the wire.

`instance` is the whole database and implements `seam.Engine`; `client` implements `seam.EngineSession` around a `session`, and `dispatch` sends
each statement to the part that knows it: `sql/` (queries, DML, tables, views, sequences), `access/` (users, roles, grants, profiles, logon
rules), `plsql/` (blocks, stored code, packages). `catalog/` keeps everything in SQLite, `dictionary/` shows it under Oracle's view names. Parts
know each other through `context`.
"""
