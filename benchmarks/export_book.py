"""The workbook of `benchmarks.export`: asked for, and read again by whatever reads workbooks here."""

from __future__ import annotations

import csv
import shutil
import subprocess
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree


def book(address: str, folder: Path, token: str) -> dict[str, Any]:
    """A workbook with formulas for titles: made, and read again by whatever reads workbooks here."""
    from openpyxl import load_workbook

    path = folder / "ideas.xlsx"
    begin = time.monotonic()
    asked = urllib.request.Request(
        f"{address}/api/export/ideas.xlsx?campaign=book", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(asked, timeout=600) as answer, path.open("wb") as file:
        shutil.copyfileobj(answer, file)
    seconds = time.monotonic() - begin
    with zipfile.ZipFile(path) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            with parts.open(name) as part:
                for _, node in ElementTree.iterparse(part):
                    assert not node.tag.endswith("}f"), "a formula"
                    node.clear()
    rows = formulas = cyrillic = 0
    for row in load_workbook(path, read_only=True)["ideas"].iter_rows(min_row=2):
        rows += 1
        formulas += sum(cell.data_type == "f" for cell in row)
        cyrillic += "очередь" in str(row[3].value)
    return {
        "rows": rows, "MB": path.stat().st_size / 1e6, "s": seconds, "formulas": formulas,
        "rows with Cyrillic": cyrillic, "read by": "openpyxl, XML, ZIP" + _office(path, folder, rows),
    }  # fmt: skip


def _office(path: Path, folder: Path, rows: int) -> str:
    """Open it in LibreOffice, where there is one, and count what it read."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if not office:
        return " (no LibreOffice here)"
    subprocess.run(
        [office, "--headless", f"-env:UserInstallation=file://{folder}/office", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1", "--outdir", str(folder), str(path)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    with (folder / "ideas.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    inert = sum(row[2].startswith("=СУММ(A1;") for row in found)
    assert len(found) == rows + 1, f"LibreOffice read {len(found) - 1} rows"
    assert inert == rows // 7, f"{inert} texts that look like formulas came through as texts"
    return ", LibreOffice headless"
