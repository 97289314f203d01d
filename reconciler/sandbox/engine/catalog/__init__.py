"""What the database knows of itself, kept in one SQLite file per container.

`store` makes and opens such a file; `privileges` tells what the release's system privileges are. The tables are in `schema.sql`; every other room of the engine
reads them directly, and `access/` writes those about users, roles, grants and profiles.
"""
