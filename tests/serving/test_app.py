"""The program itself, as a process that clients speak to over a socket."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading

import httpx2 as httpx
import pytest

from interface.command_line import UserError
from serving import app

ROOT = pathlib.Path(__file__).parents[2]
MODULE = ["-m", "serving.app"]
TELLING = """
import sys
from interface.command_line import UserError
from serving import app
app.main(sys.argv[1:])
known = {'dlib', 'networks', 'training', 'config', 'train', 'tensorflow_addons'}
print("loaded", known & {name.split('.')[0] for name in sys.modules})
"""


class Server:
    """The program in a process of its own, with a way to ask where it listens."""

    def __init__(self, program, *flags):
        self.process = subprocess.Popen(
            [sys.executable, *program, "--port=0", "--nopage", *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        )

    def address(self):
        return re.search(r"http://\S+", self.process.stdout.readline())[0]


@pytest.fixture(scope="module")
def servers(small_model, tmp_path_factory):
    """One that waits long for a batch, one with a token and two models; they start together."""
    token = tmp_path_factory.mktemp("token") / "token"
    token.write_text("sesame\n")
    models = [f"--model=one={small_model.parent}", f"--model=two={small_model}"]
    waiting = Server(MODULE, models[1], "--batch_wait=1500")
    guarded = Server(["-c", TELLING], *models, f"--token_file={token}")
    yield waiting, guarded
    for server in (waiting, guarded):
        server.process.kill()
        server.process.communicate()


def test_requests_that_run_are_finished_after_sigterm(servers, landmarks):
    """The one that waits for the batch is answered; later ones find nobody."""
    server, _ = servers
    address, answers = server.address(), []

    def ask():
        data = {"landmarks": landmarks}
        answers.append(httpx.post(f"{address}api/generate", data=data, timeout=30))

    thread = threading.Thread(target=ask)
    thread.start()
    while "waiting_rows 1.0" not in httpx.get(f"{address}metrics").text:
        assert thread.is_alive()
    server.process.send_signal(signal.SIGTERM)
    thread.join()
    assert answers[0].status_code == 200
    assert server.process.wait(20) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}healthz")


def test_only_this_machine_is_let_in_unless_told_and_only_with_the_token(servers, landmarks):
    """And the server has needed neither training nor dlib."""
    _, server = servers
    address = server.address()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
    assert httpx.get(f"{address}v1/models/two").status_code == 401
    borne, data = {"Authorization": "Bearer sesame"}, {"landmarks": landmarks, "model": "two"}
    for name in ("one", "two"):
        assert httpx.get(f"{address}v1/models/{name}", headers=borne).status_code == 200
    assert httpx.post(f"{address}api/generate", data=data, headers=borne).status_code == 200
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(20) == 0
    assert server.process.stdout.read() == "loaded set()\n"


def test_mistakes_are_told_in_a_line(small_model, tmp_path):
    (tmp_path / "empty").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for flags, words in (
            ([], "--model is missing"),
            (["--model=nothing", "--port=0"], "--model .*nothing: No such file"),
            ([f"--model={small_model}", f"--port={port}"], f"--port {port}: Address already in"),
            ([f"--model={small_model}", f"--token_file={tmp_path / 'empty'}"], "token_file.*empty"),
            ([f"--model={small_model}", "--landmark_model=/none"], "landmark_model /none: no such"),
            ([f"--model={small_model}", "--host=no.such.host.invalid"], "--host no.such.host"),
        ):
            with pytest.raises(UserError, match=f"^[^\n]*{words}[^\n]*$"):
                app.main(flags)
