"""The Oracle stand-in: a server that real drivers reach over TCP.

`wire/` speaks TNS and TTC and knows nothing of SQL; `engine/` is the database and knows nothing of bytes; they meet only in
`seam`. This room imports none of the product's rooms, and only the command line imports it.
"""
