"""Photos: only pixels get in, at most three, kept with the idea and gone with it."""

from __future__ import annotations

import io
import re
import struct
import zlib

import pytest
from PIL import Image

from ideas import database
from ideas.errors import Invalid
from ideas.photo import picture, rules
from ideas.settings import Settings
from tests import factories
from tests.draft.test_writing import carried, fields

GPS = "55.7558"


def shot(kind: str = "JPEG", size: tuple[int, int] = (2400, 1200), **more) -> bytes:
    image = Image.new(
        "RGBA" if kind == "PNG" else "RGB", size, (200, 30, 30, 0) if kind == "PNG" else (200, 30, 30)
    )
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def with_metadata() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "A phone of somebody"
    exif.get_ifd(0x8825)[1] = GPS
    return shot(exif=exif.tobytes(), comment=b"a secret comment")


def test_a_picture_is_turned_shrunk_and_without_metadata():
    made = picture.read(with_metadata())
    assert (made.width, made.height) == (800, 1600)
    for data in (made.content, made.small):
        image = Image.open(io.BytesIO(data))
        assert image.format == "WEBP"
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(image.info)
        assert b"somebody" not in data
        assert b"secret" not in data
    assert max(Image.open(io.BytesIO(made.small)).size) == 480
    red = Image.open(io.BytesIO(made.content)).convert("RGB").getpixel((10, 10))
    assert isinstance(red, tuple)
    assert red[0] > 180
    assert red[2] < 60


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_format_is_taken(kind):
    made = picture.read(shot(kind, (300, 200)))
    assert (made.width, made.height) == (300, 200)


def test_what_is_see_through_becomes_white():
    made = picture.read(shot("PNG", (50, 50)))
    pixel = Image.open(io.BytesIO(made.content)).convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 240


def bomb() -> bytes:
    """A small PNG file that says it has 40,000 × 40,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        shot()[:2000],
        shot("GIF", (20, 20)),
        bomb(),
        bytes(8_000_001),
        b"\xff\xd8\xff\xe0" + bytes(500),
        b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(100),
    ],
    ids=["empty", "text", "svg", "cut", "gif", "bomb", "large", "no jpeg", "no webp"],
)
def test_anything_else_is_refused_in_words(data):
    with pytest.raises(Invalid) as refused:
        picture.read(data)
    assert refused.value.errors["photo"]


def files(*data: bytes) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("photo", (f"photo{n}.jpg", content, "image/jpeg")) for n, content in enumerate(data)]


async def test_photos_go_with_the_draft_into_the_idea(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    where = fields(campaign, token, step="where", act="add")
    page = await client.post(
        "/ideas/new/photos", data=where, files=files(with_metadata(), shot("PNG", (90, 60)))
    )
    assert page.status_code == 200, page.text
    first, second = re.findall(r'src="(/photos/\d+/\w+)-small\.webp"', page.text)
    number = first.split("/")[2]
    # Nobody else sees the photo of a draft.
    own = await client.get(f"{first}.webp")
    assert own.headers["content-type"] == "image/webp"
    assert own.headers["cache-control"].startswith("private")
    client.cookies.delete("session")
    assert (await client.get(f"{first}.webp")).status_code == 404
    await browser_as(citizen)
    described = carried(page.text) | {
        f"alt-{number}": "Очередь <у> двери",
        "act": f"remove:{second.split('/')[2]}",
    }
    page = await client.post("/ideas/new/photos", data=described, files={"photo": ("", b"")})
    page = await client.post("/ideas/new/photos", data=carried(page.text), files={"photo": ("", b"")})
    assert "Check and publish" in page.text
    done = await client.post("/ideas/new", data=carried(page.text) | {"act": "publish"})
    client.cookies.delete("session")
    idea = (await client.get(done.headers["location"])).text
    assert 'alt="Очередь &lt;у&gt; двери"' in idea
    assert f'src="{first}-small.webp"' in idea
    assert second not in idea
    seen = await client.get(f"{first}.webp")
    assert "immutable" in seen.headers["cache-control"]
    assert "content-encoding" not in seen.headers
    assert Image.open(io.BytesIO(seen.content)).size == (800, 1600)
    told = (await client.get("/api" + done.headers["location"])).json()
    assert [p["alt"] for p in told["photos"]] == ["Очередь <у> двери"]
    # A hidden idea shows none.
    await database.execute("UPDATE idea SET hidden = now()")
    assert (await client.get(f"{first}.webp")).status_code == 404


async def test_a_fourth_photo_and_a_bad_one_are_told_in_the_form(client, campaign, citizen, browser_as):
    token = await browser_as(citizen)
    where = fields(campaign, token, step="where", office="arbat")
    small = shot(size=(40, 30))
    page = await client.post("/ideas/new/photos", data=where, files=files(small, small, small, small))
    assert page.status_code == 422
    assert "at most 3 photos" in page.text
    assert carried(page.text)["text"]
    assert await database.fetch_value("SELECT count(*) FROM photo") == 3
    await database.execute("DELETE FROM photo")
    page = await client.post("/ideas/new/photos", data=where, files=files(b"no picture"))
    assert page.status_code == 422
    assert "no whole JPEG, PNG or WebP" in page.text
    assert carried(page.text)["office"] == "arbat"


async def test_three_is_a_constraint_of_the_database(client, campaign, citizen, browser_as):
    import asyncpg

    idea = await factories.idea(campaign, citizen)
    for place in (1, 2, 3, 4, 3):
        row = "INSERT INTO photo (idea, place, hash, width, height, content, small) VALUES ($1, $2, 'x', 1, 1, '', '')"
        if place < 4 and await database.fetch_value("SELECT count(*) FROM photo") < 3:
            await database.execute(row, idea, place)
        else:
            with pytest.raises((asyncpg.CheckViolationError, asyncpg.UniqueViolationError)):
                async with database.transaction():
                    await database.execute(row, idea, place)


async def test_the_author_alone_changes_the_photos_of_an_idea(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, citizen)
    token = await browser_as(citizen)
    data = {"_csrf_token": token, "act": "add"}
    await client.post(f"/ideas/{idea}/photos", data=data, files=files(shot(size=(40, 30))))
    [photo] = await database.fetch("SELECT id, hash FROM photo WHERE idea = $1", idea)
    token = await browser_as(await factories.person())
    for sent in ({"act": "add"}, {"act": f"remove:{photo['id']}"}, {f"alt-{photo['id']}": "чужое"}):
        await client.post(
            f"/ideas/{idea}/photos", data={"_csrf_token": token, **sent}, files=files(shot(size=(41, 31)))
        )
    assert [r["alt"] for r in await database.fetch("SELECT alt FROM photo WHERE idea = $1", idea)] == [""]
    # After a vote no photo is added, but the author can still take one away.
    await database.execute("UPDATE idea SET votes = 1")
    token = await browser_as(citizen)
    await client.post(f"/ideas/{idea}/photos", data={"_csrf_token": token}, files=files(shot(size=(42, 32))))
    assert await database.fetch_value("SELECT count(*) FROM photo") == 1
    gone = {"_csrf_token": token, "act": f"remove:{photo['id']}"}
    await client.post(f"/ideas/{idea}/photos", data=gone, files={"photo": ("", b"")})
    assert await database.fetch_value("SELECT count(*) FROM photo") == 0


@pytest.mark.parametrize(
    "path",
    ["/photos/1/abc.webp", "/photos/999999999999999999999/0123456789abcdef.webp", "/photos/1/..%2f..webp"],
)
async def test_an_address_that_holds_no_photo_is_not_found(client, database, path):
    assert (await client.get(path)).status_code in (400, 404)


async def test_somebody_who_is_signed_out_keeps_the_text_on_the_photos_page(
    client, campaign, citizen, browser_as
):
    token = await browser_as(citizen)
    client.cookies.delete("session")
    page = await client.post(
        "/ideas/new/photos", data=fields(campaign, token, step="where"), files=files(shot(size=(40, 30)))
    )
    assert "Check and publish" in page.text
    assert await database.fetch_value("SELECT count(*) FROM photo") == 0


async def test_photos_are_gone_with_their_idea_and_with_their_draft(client, campaign, citizen, browser_as):
    idea = await factories.idea(campaign, citizen)
    token = await browser_as(citizen)
    data = {"_csrf_token": token, "act": "add"}
    await client.post(f"/ideas/{idea}/photos", data=data, files=files(shot(size=(40, 30))))
    where = fields(campaign, token, step="where", act="add")
    await client.post("/ideas/new/photos", data=where, files=files(shot(size=(40, 30))))
    assert await database.fetch_value("SELECT count(*) FROM photo") == 2
    await client.post("/drafts/discard", data={"campaign": campaign.slug, "_csrf_token": token})
    await database.execute("DELETE FROM idea WHERE id = $1", idea)
    assert await database.fetch_value("SELECT count(*) FROM photo") == 0


@pytest.mark.parametrize("settings", [Settings(secret="a secret for tests only")])
async def test_so_many_photos_an_hour(client, campaign, citizen, browser_as, settings):
    token = await browser_as(citizen)
    await database.execute(
        "INSERT INTO rate_limit (key, used, resets) VALUES ($1, $2, now() + interval '1 hour')",
        f"photo:{citizen.id}",
        rules.HOURLY,
    )
    where = fields(campaign, token, step="where", act="add")
    page = await client.post("/ideas/new/photos", data=where, files=files(shot(size=(40, 30))))
    assert page.status_code == 429
    assert carried(page.text)["text"]
