"""Every table of the product: the schema.

Constraints and indexes that Piccolo has no words for (composite keys, checks, generated columns) stand in the
migration `constraints`. Texts in more than one language are JSON objects, `{"ru": "…", "en": "…"}`.
"""

from ideas.tables.account import Account, RateLimit, Session
from ideas.tables.base import Vector
from ideas.tables.campaign import Campaign, District, Office, Principle, Stage
from ideas.tables.cluster import Cluster, Theme
from ideas.tables.commitment import Commitment, CommitmentUpdate, Milestone
from ideas.tables.export import Delivery, Disclosure, Export, ExportChunk, Webhook
from ideas.tables.grouping import ClusterEvent, Embedding, Link, Model, Tag
from ideas.tables.idea import Addition, Choice, Comment, Draft, Idea, Photo, Vote
from ideas.tables.ledger import Audit, Ledger, Seal
from ideas.tables.map import Pick, Spot
from ideas.tables.moderation import Bulk, BulkRow, Claim, Closing, Decision, Proposal, Report, Ruling
from ideas.tables.notice import Follow, Letter, Notice, Preference
from ideas.tables.numbers import AgeGroup, Counted, Figure, Participant, Residence, Standing, Visit, WaveIdea
from ideas.tables.opinion import Appeal, BlockedWord, Opinion
from ideas.tables.question import Apart, Fit, Question, Seen
from ideas.tables.reason import Reason
from ideas.tables.report import CampaignReport, ReportFile
from ideas.tables.scope import Scope
from ideas.tables.standard import (
    Citation,
    Clause,
    ClauseCluster,
    ClauseDraft,
    ClauseRemark,
    ClauseText,
    Pledge,
    PledgeCode,
    Standard,
    StandardVersion,
)
from ideas.tables.teaching import Doubt, Lesson

__all__ = [
    "Account",
    "Addition",
    "AgeGroup",
    "Apart",
    "Appeal",
    "Audit",
    "BlockedWord",
    "Bulk",
    "BulkRow",
    "Campaign",
    "CampaignReport",
    "Choice",
    "Citation",
    "Claim",
    "Clause",
    "ClauseCluster",
    "ClauseDraft",
    "ClauseRemark",
    "ClauseText",
    "Closing",
    "Cluster",
    "ClusterEvent",
    "Comment",
    "Commitment",
    "CommitmentUpdate",
    "Counted",
    "Decision",
    "Delivery",
    "Disclosure",
    "District",
    "Doubt",
    "Draft",
    "Embedding",
    "Export",
    "ExportChunk",
    "Figure",
    "Fit",
    "Follow",
    "Idea",
    "Ledger",
    "Lesson",
    "Letter",
    "Link",
    "Milestone",
    "Model",
    "Notice",
    "Office",
    "Opinion",
    "Participant",
    "Photo",
    "Pick",
    "Pledge",
    "PledgeCode",
    "Preference",
    "Principle",
    "Proposal",
    "Question",
    "RateLimit",
    "Reason",
    "Report",
    "ReportFile",
    "Residence",
    "Ruling",
    "Scope",
    "Seal",
    "Seen",
    "Session",
    "Spot",
    "Stage",
    "Standard",
    "StandardVersion",
    "Standing",
    "Tag",
    "Theme",
    "Vector",
    "Visit",
    "Vote",
    "WaveIdea",
    "Webhook",
]
