"""TNS and TTC, the server's side, without I/O: bytes in, bytes out, calls to the engine in between.

`codec/` turns values into bytes and back, `messages/` knows one message a module, `conversation` is the state machine of one
connection, `service` runs a parsed request against `seam.EngineSession`. Only `reconciler.sandbox.server` imports from here; this
room imports the seam, the password verifier, and nothing of the engine.
"""
