"""What a new grants repository begins with: the files that `reconciler init` writes, kept as they are written, and the writing that never overwrites.

In `repository/` names that begin with a dot are kept without it, so that no tool takes these files for settings of this project.
"""
