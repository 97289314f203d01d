"""What the policies say: who may ask, for what, for how long, when, with which ticket, how risky it is, and where policies contradict themselves. Pure: the
verdict depends on documents and facts that are passed in, never on the clock.

Imports `model` only; the room to import from is `caps` for requests, `risk`, `contradictions` and `cases`.
"""
