"""The metadata of public datasets: DCAT 3 in JSON-LD, with what DCAT-AP 3.0 asks for and recommends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from ideas.campaign.rules import Campaign
from ideas.errors import Message, message
from ideas.i18n import LANGUAGES, localised, translator

TABLES = {
    "ideas": message("Ideas"),
    "clusters": message("Groups"),
    "comments": message("Comments"),
    "decisions": message("Decisions"),
    "participation": message("Participation by district and principle"),
}
FORMATS = ("csv", "jsonl")
_EU = "http://publications.europa.eu/resource/authority"
_MEDIA = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
_FILE_TYPES = {"csv": f"{_EU}/file-type/CSV", "jsonl": f"{_EU}/file-type/JSON"}
_LANGUAGES = {"ru": f"{_EU}/language/RUS", "en": f"{_EU}/language/ENG"}
_NIGHTLY = f"{_EU}/frequency/DAILY"
_THEME = f"{_EU}/data-theme/GOVE"
_PUBLIC = f"{_EU}/access-right/PUBLIC"
_ABOUT = message(
    "Ideas, groups, comments and decisions of the project “%(title)s”. People are pseudonyms, counts of few people are "
    "left out."
)

# Written out, so that nobody has to fetch a context to read it.
CONTEXT: dict[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


class File(msgspec.Struct):
    """A file of a public dataset, as it was built last."""

    export: int
    what: str
    format: str
    rows: int
    size: int
    sha256: str
    built: datetime

    @property
    def name(self) -> str:
        return f"{self.what}.{self.format}"


def _texts(make: Any) -> list[dict[str, str]]:
    return [{"@value": make(translator(lang), lang), "@language": lang} for lang in LANGUAGES]


def _moment(value: datetime) -> dict[str, str]:
    text = value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"@value": text, "@type": "xsd:dateTime"}


def _link(address: str) -> dict[str, str]:
    return {"@id": address}


def publisher(address: str) -> dict[str, Any]:
    """Who gives the data."""
    return {
        "@id": f"{address}/#publisher",
        "@type": "foaf:Agent",
        "foaf:name": _texts(lambda say, _: say(message("My Public Services Office"))),
        "foaf:homepage": _link(address + "/"),
    }


def dataset(campaign: Campaign, files: list[File], licence: str, address: str) -> dict[str, Any]:
    """A campaign's dcat:Dataset with a dcat:Distribution for each file."""
    page = f"{address}/open/{campaign.slug}"
    built = max((f.built for f in files), default=None)
    made: dict[str, Any] = {
        "@id": page,
        "@type": "dcat:Dataset",
        "dct:title": _texts(
            lambda say, lang: say(message("Open data of “%(title)s”", title=localised(campaign.title, lang)))
        ),
        "dct:description": _texts(
            lambda say, lang: say(Message(_ABOUT.msgid, {"title": localised(campaign.title, lang)}))
        ),
        "dct:identifier": campaign.slug,
        "dcat:landingPage": {"@id": page, "@type": "foaf:Document"},
        "dcat:keyword": _texts(lambda say, _: say(message("public services"))),
        "dcat:theme": _link(_THEME),
        "dct:accessRights": _link(_PUBLIC),
        "dct:accrualPeriodicity": _link(_NIGHTLY),
        "dct:language": [_link(_LANGUAGES[lang]) for lang in LANGUAGES],
        "dct:publisher": publisher(address),
        "dcat:contactPoint": {
            "@type": "http://www.w3.org/2006/vcard/ns#Kind",
            "http://www.w3.org/2006/vcard/ns#fn": "My Public Services Office",
            "http://www.w3.org/2006/vcard/ns#hasURL": _link(f"{address}/help"),
        },
        "dcat:distribution": [_distribution(f, licence, page) for f in files],
    }
    if built:
        made["dct:modified"] = _moment(built)
    return made


def _distribution(file: File, licence: str, page: str) -> dict[str, Any]:
    return {
        "@id": f"{page}/{file.name}",
        "@type": "dcat:Distribution",
        "dct:title": _texts(lambda say, _: f"{say(TABLES[file.what])} ({file.format.upper()})"),
        "dcat:accessURL": _link(page),
        "dcat:downloadURL": _link(f"{page}/{file.name}"),
        "dct:license": _link(licence),
        "dct:format": _link(_FILE_TYPES[file.format]),
        "dcat:mediaType": _link(f"http://www.iana.org/assignments/media-types/{_MEDIA[file.format]}"),
        "dcat:byteSize": {"@value": str(file.size), "@type": "xsd:nonNegativeInteger"},
        "dct:modified": _moment(file.built),
        "dct:conformsTo": _link(f"{page}/{file.what}.manifest.json"),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _link("http://spdx.org/rdf/terms#checksumAlgorithm_sha256"),
            "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
        },
    }


def document(node: dict[str, Any]) -> dict[str, Any]:
    """A node as a JSON-LD document of its own."""
    return {"@context": CONTEXT, **node}


def catalogue(datasets: list[dict[str, Any]], address: str) -> dict[str, Any]:
    """The dcat:Catalog of everything that is public here."""
    return document({
        "@id": f"{address}/open",
        "@type": "dcat:Catalog",
        "dct:title": _texts(lambda say, _: say(message("Open data"))),
        "dct:description": _texts(
            lambda say, _: say(message("What people proposed to the public service centres, and what came of it."))
        ),
        "dct:publisher": publisher(address),
        "foaf:homepage": _link(f"{address}/open"),
        "dct:language": [_link(_LANGUAGES[lang]) for lang in LANGUAGES],
        "dcat:dataset": datasets,
    })  # fmt: skip
