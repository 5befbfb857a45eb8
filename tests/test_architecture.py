"""Import rules, guards and sizes hold for every file; and the checks themselves find what is wrong."""

from __future__ import annotations

import pytest
from litestar.handlers import HTTPRouteHandler

from ideas.account import guards
from ideas.app import create_app
from ideas.settings import Settings
from tests.architecture import LONGEST_FILE, long_functions, slice_of, sources, violations

GUARDS = {getattr(guards, name) for name in ("anyone", "signed_in", "moderator", "planner", "staff", "admin")}
# Files that hold data or that Piccolo writes.
GENERATED = ("ideas/migrations/",)
# The one function that the rest of `ml` is there for: its steps stand in order.
LONG_FUNCTIONS = {"ml/cluster.py: group"}


def test_every_import_follows_the_rules():
    assert [v for path, source in sources("ideas", "ml") for v in violations(path, source)] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ml/cluster.py", "import ideas.database"),
        ("ml/cluster.py", "import litestar"),
        ("ml/cluster.py", "def f():\n    from asyncpg import connect"),
        ("ideas/idea/rules.py", "from ideas.tables import Idea"),
        ("ideas/idea/rules.py", "from litestar import get"),
        ("ideas/idea/queries.py", "import litestar"),
        ("ideas/vote/actions.py", "from litestar.exceptions import HTTPException"),
        ("ideas/idea/api.py", "from ideas.tables import Idea"),
        ("ideas/idea/api.py", "from ideas import tables"),
        ("ideas/idea/pages.py", "from ideas import database"),
        ("ideas/campaign/queries.py", "from ideas.idea import rules"),
        ("ideas/vote/rules.py", "from ..comment import rules"),
        ("ideas/idea/actions.py", "from ideas import app"),
        ("ideas/idea/actions.py", "import ideas.app"),
        ("ideas/web.py", "from ideas.idea import queries"),
        ("ideas/cluster/actions.py", "from ml import group"),
        ("ideas/idea/api.py", "import ml.encode"),
        ("ideas/cluster/queries.py", "if True:\n    from ideas.moderation.rules import STATUS"),
    ],
)
def test_a_broken_rule_is_found(path, source):
    assert len(violations(path, source)) >= 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ml/cluster.py", "import numpy\nfrom ml.text import stems\nimport re"),
        ("ideas/idea/rules.py", "from ideas.errors import message"),
        ("ideas/vote/actions.py", "from ideas.idea.detail import detail\nimport asyncpg"),
        ("ideas/cluster/jobs.py", "from ml import group"),
        ("ideas/idea/similar.py", "import ml"),
        ("ideas/idea/api.py", "from litestar import get"),
        ("ideas/comment/pages.py", "from ..idea.pages import detail_page"),
        ("ideas/commands.py", "from ideas.app import create_app"),
    ],
)
def test_what_is_allowed_is_left_alone(path, source):
    assert violations(path, source) == []


def test_slices_are_told_from_shared_files():
    assert slice_of("ideas/idea/rules.py") == "idea"
    assert slice_of("ideas.idea.rules.check") == "idea"
    assert slice_of("ideas/web.py") is None
    assert slice_of("ideas.database") is None


def test_every_route_names_its_guard():
    app = create_app(Settings(secret="a secret for tests only"), pool=False)
    bare = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            # OPTIONS is answered by Litestar itself; the schema is made public on purpose.
            if not isinstance(handler, HTTPRouteHandler) or handler.http_methods == {"OPTIONS"}:
                continue
            if str(route.path).startswith("/api/schema"):
                continue
            if not GUARDS & set(handler.resolve_guards()):
                bare.append(f"{sorted(handler.http_methods)} {route.path}")
    assert bare == []


def test_files_are_short_enough_to_read():
    long = {
        path: source.count("\n")
        for path, source in sources("ideas", "ml")
        if source.count("\n") > LONGEST_FILE and not path.startswith(GENERATED)
    }
    assert long == {}


def test_functions_are_short_enough_to_read():
    long = [
        f"{path}: {name} has {lines} lines"
        for path, source in sources("ideas", "ml")
        if not path.startswith(GENERATED)
        for name, lines in long_functions(source)
        if f"{path}: {name}" not in LONG_FUNCTIONS
    ]
    assert long == []


def test_a_long_function_is_found():
    assert long_functions("def f():\n" + "    x = 1\n" * 61) == [("f", 61)]
    assert long_functions('def f():\n    """' + "\n" * 80 + '    """\n    return 1\n') == []
