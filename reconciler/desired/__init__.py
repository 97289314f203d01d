"""Documents, one instant and the ledger -> leases and wanted entitlements of one target. Pure: no I/O, no clock.

`leases.resolve` is the way in; `access.expand` and `windows` are its parts. Imports `reconciler.model` alone.
"""
