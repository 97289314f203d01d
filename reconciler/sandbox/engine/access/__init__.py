"""Users, roles, privileges, profiles and logon rules, with Oracle's semantics down to the ORA number.

The rest of the engine uses `checks` (may this session do that?), `statements` (GRANT, REVOKE, CREATE USER ... run here), `logon` (who may
open a session, and as what), `passwords` (changing one in an open session) and `limits` (what a profile allows). Callers hold the
instance lock.
"""
