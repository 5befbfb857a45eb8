"""Piccolo's configuration: the engine and the registry of apps, nothing else."""

import os

from piccolo.conf.apps import AppRegistry

from ideas.engine import Engine

# Extensions are made by the migrations, so that an ordinary database role can run the product afterwards.
DB = Engine(config={"dsn": os.environ.get("DATABASE_URL", "postgresql://localhost/ideas")}, extensions=())

APP_REGISTRY = AppRegistry(apps=["ideas.piccolo_app"])
