"""What is wanted and what is there -> the ordered changes, brakes and digest; after execution, the proof. Pure: no I/O, no clock.

Ways in: `plan.make`, `brake.check`, `effective.paths`, `effective_answers.who_can` and `why`, `proof.receipts`, `proof.unproved`, `packing.pack`,
`own_rights.check`, `containers.problem`, `health.checks`. Imports `reconciler.model` alone.
"""
