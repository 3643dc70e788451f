"""The program itself, as a process that clients speak to over a socket."""

import contextlib
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

from serving import app

ROOT = pathlib.Path(__file__).parents[2]


def command(*flags):
    return [sys.executable, "-m", "serving.app", *flags]


@contextlib.contextmanager
def serving(*flags):
    """A running server: its process and address."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.Popen(
        command("--port=0", "--nopage", *flags),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    try:
        line = process.stdout.readline()
        yield process, re.search(r"http://\S+", line)[0]
    finally:
        process.kill()
        process.communicate()


def test_requests_that_run_are_finished_after_sigterm(small_model, landmarks):
    """The one that waits for the batch is answered; later ones find nobody."""
    with serving(f"--model={small_model}", "--batch_wait=1500") as (process, address):
        answers = []

        def ask():
            data = {"landmarks": landmarks}
            answers.append(httpx.post(f"{address}api/generate", data=data, timeout=30))

        thread = threading.Thread(target=ask)
        thread.start()
        while "waiting_rows 1.0" not in httpx.get(f"{address}metrics").text:
            assert thread.is_alive()
        process.send_signal(signal.SIGTERM)
        thread.join()
        assert answers[0].status_code == 200
        assert process.wait(20) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}healthz")


def test_only_this_machine_is_let_in_unless_told_and_the_token_is_asked_for(small_model, tmp_path):
    assert app.Options(()).host == "127.0.0.1"
    (tmp_path / "token").write_text("sesame\n")
    flags = (f"--model=one={small_model.parent}", f"--model=two={small_model}")
    with serving(*flags, f"--token_file={tmp_path / 'token'}") as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        assert httpx.get(f"{address}v1/models/two").status_code == 401
        borne = {"Authorization": "Bearer sesame"}
        for name in ("one", "two"):
            assert httpx.get(f"{address}v1/models/{name}", headers=borne).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_mistakes_are_told_in_a_line(small_model, tmp_path):
    (tmp_path / "empty").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for flags, words in (
            ([], "--model is missing"),
            (["--model=nothing"], "--model .*nothing: No such file"),
            ([f"--model={small_model}", f"--port={port}"], f"--port {port}: Address already in"),
            ([f"--model={small_model}", f"--token_file={tmp_path / 'empty'}"], "token_file.*empty"),
            ([f"--model={small_model}", "--landmark_model=/none"], "landmark_model /none: no such"),
            ([f"--model={small_model}", "--host=no.such.host.invalid"], "--host no.such.host"),
        ):
            done = subprocess.run(command(*flags), capture_output=True, text=True, cwd=ROOT)
            assert done.returncode == 2
            assert re.fullmatch(f"error: .*{words}.*\n", done.stderr), done.stderr


def test_a_server_needs_neither_training_nor_dlib(small_model):
    text = (
        "import sys, pathlib\n"
        "from serving import app\n"
        f"folders = {{'faces': pathlib.Path({str(small_model)!r})}}\n"
        "app.application_of(app.Options(()), folders, None)\n"
        "known = {'dlib', 'networks', 'training', 'config', 'train', 'tensorflow_addons'}\n"
        "print(sorted(known & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr
