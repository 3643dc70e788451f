import pytest

from interface import texts

TEXT = "photos/é 好.png\r\nb.png\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_text_is_read_in_whichever_of_unicodes_encodings_it_is(encoding):
    assert texts.of_bytes(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize(
    "encoding, mark", [("utf-16-be", b"\xfe\xff"), ("utf-32-be", b"\0\0\xfe\xff")]
)
def test_so_it_is_where_its_bytes_are_the_other_way_round(encoding, mark):
    assert texts.of_bytes(mark + TEXT.encode(encoding)) == TEXT


def test_bytes_that_are_no_text_are_kept():
    assert texts.of_bytes(b"na\xefve.png").encode("utf-8", "surrogateescape") == b"na\xefve.png"
    assert texts.of_bytes(b"") == ""
