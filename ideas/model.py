"""The operator's transformer (the setting ENCODER): loaded once in a process, and shared by all campaigns."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from ideas.settings import Settings

if TYPE_CHECKING:
    from ml.transformer import Transformer

log = logging.getLogger("ideas")

_lock = threading.Lock()
_loaded: dict[str, Transformer] = {}
_failed: set[str] = set()


def load(name: str) -> Transformer:
    """The model of a folder or an installed package. Raises TransformerError with one line that says why not."""
    with _lock:
        if name not in _loaded:
            from ml.parallel import alone
            from ml.transformer import Transformer

            _loaded[name] = Transformer.load(name)
            # For good: a request's single text is computed in its own thread, next to others.
            alone()
        return _loaded[name]


def at_hand() -> Transformer | None:
    """The model of ENCODER, or None: where none is set, or where it cannot be loaded, which is logged once."""
    name = Settings.from_environment().encoder
    if not name or name in _failed:
        return None
    from ml.transformer import TransformerError

    try:
        return load(name)
    except TransformerError as error:
        _failed.add(name)
        log.error("ENCODER=%s cannot be used, texts are compared without it: %s", name, error)
        return None


def wanted() -> str | None:
    """The version that campaigns should be encoded with, "" where no model is set; None where the one that is set
    cannot be loaded: what is stored stays as it is then."""
    name = Settings.from_environment().encoder
    if not name:
        return ""
    model = at_hand()
    return model.version if model else None
