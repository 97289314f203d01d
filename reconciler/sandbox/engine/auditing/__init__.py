"""The unified audit trail: which enabled policies cover what a session does, and the rows it leaves.

The statements that make and enable policies belong to `access`; the views that show them to `dictionary`.
"""
