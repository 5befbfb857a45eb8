"""The real exports of other platforms, where they stand beside the checkout; nothing of them is kept here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ideas.transfer.actions import import_file
from ideas.transfer.recount import recount
from ideas.transfer.report import plain

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (DATA / "import").is_dir(), reason="no ../shared/data beside the checkout"
)


async def test_ideascale(database):
    done = await import_file(DATA / "import" / "ideascale.tsv", "ideascale")
    assert (done.source, done.lang, done.rows, done.added) == ("ideascale", "en", 1157, 1152)
    assert {plain(why).split(" has ")[0] for _, why in done.refused} == {"the text"}
    assert (done.counted_for, done.counted_against) == (37250, 11612)
    again = await import_file(DATA / "import" / "ideascale.tsv", "ideascale")
    assert (again.added, again.known) == (0, 1152)


async def test_no_markup_is_left(database):
    from ideas import database as db

    await import_file(DATA / "import" / "consul.csv", "consul")
    await import_file(DATA / "import" / "ideascale.tsv", "ideascale")
    left = await db.fetch_value(
        r"SELECT count(*) FROM idea WHERE text ~* '</?(p|br|li|ul|div|strong)\y[^>]*>|&nbsp;'"
    )
    assert left == 0


async def test_consul(database):
    done = await import_file(DATA / "import" / "consul.csv", "consul")
    assert (done.source, done.lang, done.rows, done.added, done.refused) == ("consul", "es", 2738, 2738, [])
    assert done.hidden == 30
    again = await import_file(DATA / "import" / "consul.csv", "consul")
    assert (again.added, again.known) == (0, 2738)


async def test_polis(database):
    comments = await import_file(DATA / "import" / "polis_comments.csv", "polis")
    assert (comments.rows, comments.added, len(comments.refused)) == (896, 895, 1)
    votes = await import_file(DATA / "import" / "polis_votes.csv", "polis")
    assert (votes.rows, votes.added, votes.idle, votes.refused) == (2031, 1942, 89, [])
    assert (votes.votes_for, votes.votes_against, votes.unplaced) == (109751, 38647, 1)
    again = await import_file(DATA / "import" / "polis_votes.csv", "polis")
    assert (again.votes_for, again.votes_known) == (0, 148398)
    assert (await recount()).wrong == {}


@pytest.mark.parametrize("path", sorted(DATA.glob("*.jsonl")), ids=lambda path: path.stem)
async def test_json_lines(database, path):
    rows = sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
    done = await import_file(path, "lines")
    assert done.rows == rows
    assert done.added + len(done.refused) == rows
    assert len(done.refused) <= rows // 100
    assert (await import_file(path, "lines")).added == 0


def test_the_folder_is_where_this_file_thinks():
    assert os.path.isdir(DATA)
