import socket

import pytest

from interface import downloads


def test_a_silent_server_is_given_up_and_nothing_goes_to_the_programs_output(capsys):
    before = socket.getdefaulttimeout()
    with pytest.raises(OSError, match="gone"), downloads.mannerly():
        assert socket.getdefaulttimeout() == downloads.SILENCE
        print("50 %")
        raise OSError("gone")
    assert socket.getdefaulttimeout() == before
    assert capsys.readouterr() == ("", "50 %\n")
