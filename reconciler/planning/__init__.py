"""What is wanted and what is there -> the ordered changes, brakes and digest; after execution, the proof. Pure: no I/O, no clock.

Ways in: `plan.make`, `brake.check`, `effective.paths`, `proof.receipts`, `proof.unproved`, `packing.pack`. Imports `reconciler.model` alone.
"""
