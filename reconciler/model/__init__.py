"""Value types and pure rules: names, privileges, time, documents, leases, snapshots, changes, plans, outcomes, events.

Imports nothing of ours and does no I/O; every other room may import any module of it.
"""
