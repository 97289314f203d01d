"""Passwords of temporary users: made here, sealed to the requester's public keys, opened on the requester's machine.

Nothing of this room is printed, logged or committed except what `sealing.seal` returns. Use `passwords.generate`, `sealing.seal`, `sealing.open_sealed`.
"""
