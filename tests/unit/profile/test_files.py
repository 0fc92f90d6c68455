"""A stranger's file is handed out so that no browser runs it, whatever it is called."""

import pytest

from services.profile.domain.files import download_headers


def test_a_download_is_never_shown_as_a_page() -> None:
    for kind in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript", "x\r\ny"):
        headers = download_headers("page.html", kind)
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"].startswith("attachment;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("sandbox")


def test_a_harmless_type_is_told() -> None:
    assert download_headers("a.pdf", "application/pdf")["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("bill.pdf", "attachment; filename=\"bill.pdf\"; filename*=UTF-8''bill.pdf"),
        ("Größe 1.pdf", "attachment; filename=\"Gr__e 1.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.pdf"),
        ('a"b\r\nX: y.txt', "attachment; filename=\"a_b_X_ y.txt\"; filename*=UTF-8''a_b_X_%20y.txt"),
        ("../../etc/passwd", "attachment; filename=\"_.._etc_passwd\"; filename*=UTF-8''_.._etc_passwd"),
        ("...", "attachment; filename=\"attachment\"; filename*=UTF-8''attachment"),
    ],
)
def test_a_name_is_only_a_name(name: str, disposition: str) -> None:
    assert download_headers(name, "text/plain")["Content-Disposition"] == disposition


def test_a_long_name_keeps_its_ending() -> None:
    assert 'x.pdf"' in download_headers("x" * 500 + ".pdf", "application/pdf")["Content-Disposition"]
