"""Who can sign in to the demo campaign; apart from the loading, since every start prints it."""

PASSWORD = "my-office-demo"
"""Of the four demo accounts; the README names it, so change it or block them before real use."""
ACCOUNTS = (
    ("citizen", "Анна К."),
    ("moderator", "Сергей М."),
    ("planner", "Елена В."),
    ("admin", "Павел О."),
)


def email(role: str) -> str:
    """The address of the demo account with a role."""
    return f"{role}@example.org"
