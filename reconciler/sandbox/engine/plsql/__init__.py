"""PL/SQL: blocks, stored procedures and functions, and the supplied packages that access management meets.

From outside use `block.run_block` (anonymous blocks, CALL) and `stored.handles`/`stored.run` (CREATE, DROP of stored code).
"""
