"""A centre's own address, its posters, the list of centres."""

from __future__ import annotations

import io

import numpy as np
import segno
from PIL import Image

from ideas import database
from ideas.office import poster
from tests import factories

WORDS = poster.Words(
    call="Что изменить в\u00a0этом центре?",
    office="Центр госуслуг района Замоскворечье",
    place="Замоскворечье",
    steps=[
        "Наведите камеру телефона на код",
        "Скажите своими словами, что изменить",
        "Поддержите идеи других",
    ],
    address="https://ideas.example.org/o/zamoskvorechye",
    campaign="Мой офис госуслуг",
    brand="Мой офис госуслуг",
    language="ru",
)


async def test_the_code_leads_to_a_form_that_knows_the_centre(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, citizen, "Скамейки у входа")
    await database.execute(
        "UPDATE idea SET office = (SELECT id FROM office WHERE campaign = $1) WHERE id = $2",
        campaign.id,
        idea,
    )
    arrival = await client.get("/o/arbat")
    assert arrival.status_code == 200
    assert "Arbat service centre" in arrival.text
    assert "Скамейки у входа" in arrival.text
    assert f'href="/ideas/new?campaign={campaign.slug}&amp;office=arbat"' in arrival.text
    # The centre is remembered, too, for whoever comes to the form another way.
    form = await client.get("/ideas/new", params={"campaign": campaign.slug})
    assert '<input type="hidden" name="office" value="arbat">' in form.text
    other = await factories.campaign()
    await database.execute("DELETE FROM office WHERE campaign = $1", other.id)
    assert 'name="office" value=""' in (await client.get("/ideas/new", params={"campaign": other.slug})).text


async def test_a_poster_leads_to_the_newest_campaign_that_takes_ideas(client, campaign):
    closed = await factories.campaign(submit=False)
    assert f"campaign={campaign.slug}&amp;office=arbat" in (await client.get("/o/arbat")).text
    await database.execute("UPDATE stage SET submit = false WHERE id = $1", campaign.stage)
    from ideas.campaign import queries

    queries.forget_campaigns()
    arrival = (await client.get("/o/arbat")).text
    assert f"campaign={closed.slug}&amp;office=arbat" in arrival
    assert "Propose an idea" not in arrival


async def test_an_unknown_centre_is_not_found(client, campaign):
    for path in ("/o/nowhere", "/offices/nowhere/poster.pdf", "/offices/nowhere/poster.png", "/o/%00"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get("/offices/arbat/poster.pdf", params={"campaign": "gone"})).status_code == 404


async def test_centres_are_found_by_name_and_district(client, campaign):
    district = await database.fetch_value(
        """INSERT INTO district (campaign, slug, name) VALUES
        ($1, 'fili', '{"ru": "Фили", "en": "Fili"}') RETURNING id""",
        campaign.id,
    )
    await database.execute(
        """INSERT INTO office (campaign, district, slug, name)
        VALUES ($1, $2, 'flagship', '{"ru": "Флагманский", "en": "Flagship"}')""",
        campaign.id,
        district,
    )
    everything = (await client.get("/offices", params={"campaign": campaign.slug})).text
    assert "/o/arbat" in everything
    assert "/offices/flagship/poster.pdf" in everything
    by_district = (await client.get("/offices", params={"campaign": campaign.slug, "q": "FILI"})).text
    assert "/o/flagship" in by_district
    assert "/o/arbat" not in by_district
    assert "No such centre" in (await client.get("/offices", params={"q": "<b>нет"})).text


async def test_posters_come_as_pdf_and_png_in_both_languages(client, campaign, citizen, planner):
    for lang in ("ru", "en"):
        pdf = await client.get("/offices/arbat/poster.pdf", params={"campaign": campaign.slug, "lang": lang})
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.content.startswith(b"%PDF")
        png = await client.get("/offices/arbat/poster.png", params={"campaign": campaign.slug, "lang": lang})
        assert Image.open(io.BytesIO(png.content)).size == (1654, 2339)
    together = {"campaign": campaign.slug}
    assert (await client.get("/offices/posters.pdf", params=together)).status_code == 303
    assert (
        await client.get("/offices/posters.pdf", params=together, headers=citizen.bearer)
    ).status_code == 403
    every = await client.get("/offices/posters.pdf", params=together, headers=planner.bearer)
    assert every.content.startswith(b"%PDF")


def test_the_picture_holds_the_code_of_the_address():
    image = np.asarray(Image.open(io.BytesIO(poster.png(WORDS))).convert("L"))
    matrix = segno.make(WORDS.address, error="q", micro=False).matrix
    dot = poster.CODE / len(matrix) * poster.DOTS_PER_MM
    left, top = poster.MARGIN * poster.DOTS_PER_MM, 145 * poster.DOTS_PER_MM
    middles = (np.arange(len(matrix)) + 0.5) * dot
    read = image[np.ix_((top + middles).astype(int), (left + middles).astype(int))] < 128
    assert read.tolist() == [[bool(cell) for cell in row] for row in matrix]
    # The code needs a white margin of four dots to be read.
    margin, side = int(4 * dot), int(poster.CODE * poster.DOTS_PER_MM)
    left, top = int(left), int(top)
    assert image[top - margin : top - 1, left : left + side].min() > 250
    assert image[top : top + side, left - margin : left - 1].min() > 250
    assert image[top : top + side, left + side + 2 : left + side + margin].min() > 250


def test_long_names_and_odd_letters_stay_on_the_page():
    long = poster.Words(
        call="Слово " * 60, office="Многофункциональный центр государственных услуг " * 4, place="Ы" * 90,
        steps=["Очень длинный шаг со словами " * 6] * 4, address="https://example.org/o/" + "x" * 300,
        campaign="Ёлка «кавычки» № 5 — 漢字 🙂 " * 30, brand="B" * 80, language="ru",
    )  # fmt: skip
    assert Image.open(io.BytesIO(poster.png(long))).size == (1654, 2339)
    assert poster.pdf([long, WORDS]).count(b"/Type /Page\n") == 2


def test_the_document_says_its_words_as_text_and_its_language():
    raw = poster.pdf([WORDS])
    assert b"/Lang" in raw
    assert b"Manrope" in raw
    # A map from glyphs to letters is what makes text searchable and readable aloud.
    assert b"/ToUnicode" in raw
