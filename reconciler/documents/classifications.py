"""Which columns are sensitive, as a typed value."""

from __future__ import annotations

from reconciler.documents.parts import SPEC, name_of, selector_at
from reconciler.documents.patterns import read_columns
from reconciler.documents.reader import Reader
from reconciler.model.classification import Classification, Level


def classification(reader: Reader) -> Classification:
    return Classification(
        name=name_of(reader),
        origin=reader.origin(),
        targets=selector_at(reader, (*SPEC, "targets")),
        level=Level(reader.text((*SPEC, "level"))),
        category=reader.text((*SPEC, "category")),
        owners=reader.texts((*SPEC, "owners")),
        columns=read_columns(reader, (*SPEC, "columns")),
    )
