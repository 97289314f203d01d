"""Statements about data: lexer and parser of the SQL subset, queries and DML on SQLite with Oracle's rules, tables, views, sequences.

A text becomes a tree (`parser`, `ast`, `change_ast`), the tree SQLite text with Oracle's types (`query_translation`, `translation`), which runs on the
session's connection with Oracle's functions (`bridge`). Rights are checked while translating, so at each execution.

Others may import `statements` (what the session calls), `lexer` (tokens and bind names), `parser`, `expressions` and the two trees, `functions`,
`arithmetic`, `conversions` and `values` (Oracle values in Python and how they are stored).
"""
