"""A key's partition is the one that every Kafka client gives it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.publishing import partition_of


@pytest.mark.parametrize(
    ("key", "murmur2"),
    # Kafka's own tests of its default partitioner, UtilsTest.testMurmur2 (4.1.0, read 2026-11-22).
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_a_partition_is_that_of_kafkas_default_partitioner(key: str, murmur2: int) -> None:
    assert partition_of(key, 8) == (murmur2 & 0x7FFFFFFF) % 8


@given(st.text(max_size=60), st.integers(min_value=1, max_value=100))
def test_every_key_has_one_partition_that_exists(key: str, partitions: int) -> None:
    assert 0 <= partition_of(key, partitions) < partitions
    assert partition_of(key, partitions) == partition_of(key, partitions)
