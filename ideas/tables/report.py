"""Reports of whole campaigns, made by a job."""

from __future__ import annotations

from piccolo.columns import BigSerial, Bytea, SmallInt, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.account import Account
from ideas.tables.base import reference
from ideas.tables.campaign import Campaign


class CampaignReport(Table):
    """A report that somebody asked for, and how far it is."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    lang = Varchar(length=2)
    account = reference(Account)
    state = Varchar(length=8, default="waiting", help_text="waiting, running, done, failed")
    percent = SmallInt(default=0)
    created = Timestamptz(default=TimestamptzNow())
    finished = Timestamptz(null=True, default=None)


class ReportFile(Table):
    """One of a report's files; in the database, so that every server can hand it out."""

    id = BigSerial(primary_key=True)
    report = reference(CampaignReport, on_delete=OnDelete.cascade)
    format = Varchar(length=4, help_text="docx, pdf, xlsx")
    content = Bytea()
