"""The ledger: the append-only `audit` branch with what was intended, what happened, and what changed behind our back.

`store.Ledger` reads a target's state and appends commits by compare-and-swap; `history` lists them; `remote` fetches and pushes. Imports `model` only.
"""
