"""Piccolo's PostgreSQL engine without two of its traps."""

from __future__ import annotations

from typing import Any

from piccolo.engine.postgres import PostgresEngine, PostgresTransaction


class Transaction(PostgresTransaction):
    """Gives its connection back also where COMMIT fails; Piccolo's own leaks it from the pool."""

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if self._parent is not None:
            return False
        try:
            if not (self._committed or self._rolled_back):
                await (self.rollback() if exception_type else self.commit())
        finally:
            self.engine.current_transaction.reset(self.context)
            if self.engine.pool:
                await self.engine.pool.release(self.connection)
            else:
                await self.connection.close()
        return False


class Engine(PostgresEngine):
    """Connects when asked, not when its module is imported."""

    async def check_version(self) -> None:
        """The migrations need a newer PostgreSQL than Piccolo's check asks for."""

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(engine=self, allow_nested=allow_nested)
