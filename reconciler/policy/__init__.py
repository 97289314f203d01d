"""What the policies allow: who may ask, for what, for how long, with which ticket. Pure: the verdict depends on documents only, never on the clock.

Imports `model` only; the room to import from is `caps`.
"""
