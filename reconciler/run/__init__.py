"""One run: from the documents of a commit to the audit commit of each target. The flow of the design reads here from top to bottom.

`workspace` opens repository, documents and ledger; `target` takes one target through observe, plan, execute, verify and ledger; `record` and
`journal` are the pure rules of what the ledger keeps; `rights` holds back what the account may not do; `doctor` examines a target. Rooms of their
own: `approval` judges merges and gives the documents in force, `reviewing` tells reviewers, `explaining` says documents in words, `proposing` leaves
changes on branches. The command line calls it; it calls every other room but `cli` and `sandbox`.
"""
