"""From bytes in git to typed documents: git tree -> strict YAML -> JSON Schema -> `model.documents`, each value with its file, line and column.

Everything read here is hostile until it has passed. Other rooms import `build.load` and the sources in `source`; the room imports `model` only.
"""
