"""The database side, and the only room that imports the driver.

`session` logs on, `observe` reads a snapshot, `statements` renders changes to SQL, `execute` runs them in batches, `lock` lets one run at a time
touch a target, `deadline` is the job that ends a lease inside Oracle, `bootstrap` and `gate` are the scripts for the account all this runs as,
`health` reads what an examination needs. `sql/` holds the texts. Other rooms may import these modules; `rows`, `texts`, `batch`, `units`, `outcomes`,
`hints`, `interrupts` and `driver_errors` are this room's own.
"""
