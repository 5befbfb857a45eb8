"""What `ideas run` does about the demo campaign: fills an empty database, and names the demo accounts."""

from __future__ import annotations

import asyncpg

from ideas.demo.accounts import ACCOUNTS, PASSWORD, email


async def fill_empty(url: str) -> None:
    """Fill the demo campaign where there is no campaign at all; then print the demo accounts that are there."""
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM campaign)"):
            await _fill(url)
        known = await connection.fetch(
            "SELECT email, role FROM account WHERE email = ANY ($1) AND blocked IS NULL",
            [email(role) for role, _ in ACCOUNTS],
        )
    finally:
        await connection.close()
    roles = {row["email"]: row["role"] for row in known}
    if roles:
        print(f"Demo accounts (password of each: {PASSWORD}):")
        for role, _ in ACCOUNTS:
            if email(role) in roles:
                print(f"  {roles[email(role)]:<10} {email(role)}")


async def _fill(url: str) -> None:
    from ideas import database
    from ideas.demo.load import load
    from ideas.progress import progress

    await database.open_pool(url, smallest=1, largest=2)
    try:
        with progress("Demo campaign") as report:
            await load(report)
    finally:
        await database.close_pool()
