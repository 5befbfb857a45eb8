"""`python -m benchmarks.search ADDRESS`: does the search of a running demo find the group that a wish is about?

Each group of the demo's texts has a wish in both languages, which stands in no idea. It is searched as it is, by its
first three words, and with a slip in its longest word. Printed: the share of wishes with an idea of their group among
the first five and ten, and the mean reciprocal rank, of words alone (the JSON list) and of words and meaning (the
page).
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

import httpx

CORPUS = Path(__file__).parent.parent / "ideas" / "demo" / "corpus"


def slip(wish: str, rng: random.Random) -> str:
    """The wish with two letters of its longest word swapped or one left out."""
    words = wish.split()
    longest = max(range(len(words)), key=lambda k: len(words[k]))
    word = words[longest]
    at = rng.randrange(1, max(2, len(word) - 2))
    tail = word[at + 1 :] if rng.random() < 0.5 else word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    words[longest] = word[:at] + tail
    return " ".join(words)


def by_words(client: httpx.Client, q: str) -> list[str]:
    return [i["title"] for i in client.get("/api/ideas", params={"q": q}).json()["items"]]


def by_both(client: httpx.Client, q: str) -> list[str]:
    shown = re.findall(r'class="idea__title">(.*?)</h2>', client.get("/ideas", params={"q": q}).text)
    return [html.unescape(re.sub(r"<[^>]+>", "", title)).strip() for title in shown]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("address")
    client = httpx.Client(base_url=parser.parse_args().address, timeout=60)
    files = sorted(CORPUS.glob("*.json"))
    groups = [g for f in files for g in json.loads(f.read_text(encoding="utf-8"))["groups"]]
    group_of = {idea["title"]: g["group"] for g in groups for idea in g["ideas"]}
    kinds: list[tuple[str, Callable[[str, random.Random], str]]] = [
        ("wish", lambda wish, _: wish),
        ("first three words", lambda wish, _: " ".join(wish.split()[:3])),
        ("with a slip", slip),
    ]
    print(
        "| language | searched | by | first five | first ten | MRR |\n| --- | --- | --- | --- | --- | --- |"
    )
    for lang in ("ru", "en"):
        for kind, make in kinds:
            for name, ask in (("words", by_words), ("words and meaning", by_both)):
                rng = random.Random(3)
                places = []
                for group in groups:
                    found = [group_of.get(t) for t in ask(client, make(group["wish"][lang], rng))]
                    places.append(found.index(group["group"]) + 1 if group["group"] in found else 0)
                five, ten = (sum(0 < p <= most for p in places) / len(places) for most in (5, 10))
                mean = sum(1 / p for p in places if p) / len(places)
                print(f"| {lang} | {kind} | {name} | {five:.2f} | {ten:.2f} | {mean:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
