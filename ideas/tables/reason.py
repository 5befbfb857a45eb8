"""What moderators say often."""

from __future__ import annotations

from piccolo.columns import BigSerial, SmallInt, Text, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from ideas.tables.base import reference
from ideas.tables.campaign import Campaign


class Reason(Table):
    """A reason of the campaign's list; a campaign without any has the list that everybody starts with."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    position = SmallInt()
    text = Text()
    verdict = Varchar(length=8, default="", help_text="accept, decline, forward; nothing: any")
