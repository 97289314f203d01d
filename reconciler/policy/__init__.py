"""What the policies say: who may ask, for what, for how long, when, with which ticket, how risky it is, and where policies contradict themselves. Pure: the
verdict depends on documents and facts that are passed in, never on the clock.

Imports `model` only; import from `caps` for requests, `risk`, `approvals` (its parts are in the room `approval`), `contradictions`, `cases` and `proposals`.
"""
