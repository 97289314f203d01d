"""Who has to approve what, and whether they did: chains and their people, reviews judged, digests of what was approved, what needs nobody.

Import from `policy.approvals`, and `codeowners`, `lessening`, `mixing` of this room.
"""
