"""Bytes of the protocol: integers and byte strings, column values, packets. Pure functions and readers, no session state."""
