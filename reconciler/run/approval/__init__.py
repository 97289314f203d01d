"""Whether what was merged was approved: evidence is judged once for each change of the protected branch, kept in the ledger, and replayed from there.

Import from `view` (the documents that are in force), `judging` (one change) and `replay` (everything again, offline).
"""
