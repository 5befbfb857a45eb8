"""Somebody's file made into a picture that is safe to show: decoded, turned, shrunk, without its metadata."""

from __future__ import annotations

import hashlib
import io

import msgspec
from PIL import Image, ImageCms, ImageOps

from ideas.errors import Invalid, message
from ideas.photo.rules import BYTES, PIXELS, SIDE, SMALL_SIDE

# Where a photo was taken and by which phone is nobody's business: only pixels leave this module.
_QUALITY = {"quality": 80, "method": 4}


class Picture(msgspec.Struct, frozen=True):
    """WebP of at most 1600 px and of at most 480 px, and the size of the large one."""

    content: bytes
    small: bytes
    width: int
    height: int
    hash: str


def read(data: bytes) -> Picture:
    """A file as a picture. Takes tenths of a second and up to 200 MB: call it in a thread, one at a time.

    Raises Invalid, with what is wrong, on anything but a whole JPEG, PNG or WebP within the limits.
    """
    if len(data) > BYTES:
        raise Invalid(
            errors={"photo": message("A photo may have at most %(most)s MB", most=BYTES // 1_000_000)}
        )
    try:
        with Image.open(io.BytesIO(data), formats=list(PIXELS)) as image:
            if image.width * image.height > PIXELS[image.format or "PNG"]:
                raise Invalid(errors={"photo": message("This photo has too many pixels; make it smaller")})
            # A JPEG is read at half, a quarter or an eighth where that is still enough.
            image.draft("RGB", (SIDE, SIDE))
            large = _plain(image)
    except (OSError, ValueError, SyntaxError, ArithmeticError, Image.DecompressionBombError) as error:
        raise Invalid(errors={"photo": message("This file is no whole JPEG, PNG or WebP picture")}) from error
    content = _encoded(large)
    small = large.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    return Picture(
        content, _encoded(small), large.width, large.height, hashlib.sha256(content).hexdigest()[:16]
    )


def _plain(image: Image.Image) -> Image.Image:
    """Upright, in sRGB, on white where it is see-through, at most SIDE pixels wide and high."""
    profile = image.info.get("icc_profile")
    whole = ImageOps.exif_transpose(image)
    whole.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if whole.mode in ("RGBA", "LA", "PA") or "transparency" in whole.info:
        layer = whole.convert("RGBA")
        whole = Image.new("RGB", layer.size, "white")
        whole.paste(layer, mask=layer.getchannel("A"))
    elif profile and whole.mode in ("RGB", "CMYK", "L"):
        whole = _standard_colours(whole, profile)
    return whole.convert("RGB")


def _standard_colours(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image


def _encoded(image: Image.Image) -> bytes:
    # A fresh image carries no metadata that the encoder could take over.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "WEBP", **_QUALITY)
    return out.getvalue()
