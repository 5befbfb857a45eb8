"""What the tables have in common."""

from __future__ import annotations

from typing import Any

from piccolo.columns import Column, ForeignKey
from piccolo.columns.base import OnDelete


class Vector(Column):
    """A pgvector column; the dimension is fixed, because Piccolo cannot migrate a change of it."""

    value_type = list

    def __init__(self, default: Any = None, **kwargs: Any) -> None:
        self.default = default
        super().__init__(default=default, **kwargs)

    @property
    def column_type(self) -> str:
        return "vector(256)"


def reference(table: Any, *, null: bool = False, on_delete: OnDelete = OnDelete.restrict) -> ForeignKey:
    """A foreign key that is indexed and, unless said, required: Piccolo's own default is neither."""
    return ForeignKey(table, null=null, default=None, on_delete=on_delete, index=True)
