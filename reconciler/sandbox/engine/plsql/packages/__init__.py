"""Supplied packages, one module each. `registry.routine(package, name)` finds what they offer; a package or routine that is not there does
not exist for callers (PLS-00201).
"""
