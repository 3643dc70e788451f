"""Who may import whom; what a file is called, how long it is. The plan is in CONTRIBUTING.md."""

import ast
import functools
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
HOME = {"interface", "input_pipeline", "networks", "training", "metrics", "serving"}
# Folder or top file → those of ours that it may import (beside itself).
ARROWS = {
    "interface": set(),
    "networks": {"interface"},  # which tells TensorFlow which Keras; see below
    "input_pipeline": {"interface"},
    "training": {"interface"},
    "metrics": {"interface", "input_pipeline", "serving"},
    "serving": {"interface", "networks", "training", "input_pipeline"},
    "siblings": HOME,  # and each of them no other one; see below
    "config": {"interface", "training"},
    "train": {*HOME, "config"},
    "benchmarks": {*HOME, "config", "train", "siblings"},  # each folder one of them, as above
}
SOURCES = sorted(
    path for name in ARROWS for path in [*(ROOT / name).rglob("*.py"), *ROOT.glob(f"{name}.py")]
)
LONGEST_FILE, LONGEST_FUNCTION = 350, 60  # lines


@functools.lru_cache(None)
def nodes(path):
    return [*ast.walk(ast.parse(path.read_text()))]


def imported(path):
    """Dotted names of everything a file imports, inside functions too."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports(path):
    """Top-level names of them."""
    return {name.partition(".")[0] for name in imported(path)}


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_follow_the_arrows(path):
    folder, *below = path.relative_to(ROOT).with_suffix("").parts
    assert (imports(path) & {*ARROWS}) - {folder} <= ARROWS[folder]
    siblings = {name.split(".")[1] for name in imported(path) if name.startswith("siblings.")}
    assert siblings <= {*below[:1]}


def test_dlib_and_tensorflow_addons_each_stand_in_one_file():
    users = {
        name: [p for p in SOURCES if name in imports(p)] for name in ("dlib", "tensorflow_addons")
    }
    assert [name_of(p) for p in users["dlib"]] == ["input_pipeline/faces/landmarks.py"]
    assert [name_of(p) for p in users["tensorflow_addons"]] == ["networks/diff_augment.py"]


def test_networks_import_tensorflow_and_nothing_else():
    ours = {"tensorflow", "tensorflow_addons", "networks"}
    allowed = {*ours, "math", "typing", "warnings", "__future__"}
    for path in (ROOT / "networks").rglob("*.py"):
        first = {"interface"} if path == ROOT / "networks" / "__init__.py" else set()
        assert imports(path) <= allowed | first, path


def test_preparing_records_of_local_files_needs_no_tensorflow():
    # A worker without it takes a quarter of the memory.
    text = (
        "import sys, input_pipeline.prepare, input_pipeline.prepare_labels\n"
        "import input_pipeline.faces.in_photo\n"
        "from input_pipeline.sources import celebamask, faces_csv, folder, label_maps, record_set\n"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_drawing_needs_neither_dlib_nor_tensorflow():
    assert not {"dlib", "tensorflow"} & set(
        imports(ROOT / "input_pipeline" / "faces" / "drawing.py")
    )


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_file_has_a_test_file_a_telling_name_and_few_lines(path):
    assert path.stem not in ("utils", "misc", "common", "helpers")
    mirrored = ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.name}"
    assert mirrored.exists() or path.name == "__init__.py"
    assert len(path.read_text().splitlines()) <= LONGEST_FILE
    for node in nodes(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout")
def test_what_the_manual_tells_to_make_is_ignored_by_git():
    made = r"(?<!\S)(?:--out|--run_dir|--data_dir|-o) ([a-z][\w./-]*)(?=[\s`])"
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    names = {name for page in pages for name in re.findall(made, page.read_text())}
    names = {name for name in names if not name.startswith("models/")}  # those come along
    assert {"records", "records_training", "runs", "sheet.png", "face.png"} <= names
    done = subprocess.run(
        ["git", "check-ignore", *sorted(names)], capture_output=True, text=True, cwd=ROOT
    )
    assert {*done.stdout.split()} == names


PROGRAMS = [
    name_of(path)[:-3].replace("/", ".")
    for path in SOURCES
    if "command_line.run(main)" in path.read_text()
]
SLOW_TO_LOAD = {"tensorflow", "dlib", "fastapi", "nicegui", "scipy", "apache_beam"}
ASK = """
import importlib, sys
for name in sys.argv[1:]:
    main = importlib.import_module(name).main
    for flag in ("--help", "--no_such_flag"):
        try:
            main([flag])
        except SystemExit:
            assert flag == "--help", name
        except Exception as error:
            assert "no_such_flag" in str(error), error
    print("loaded by", name, {slow} & {{*sys.modules}})
"""


def test_help_and_a_wrong_flag_are_answered_before_anything_slow_is_loaded():
    assert {"train", "metrics.compare", "benchmarks.serving_speed"} <= {*PROGRAMS}
    ask = [sys.executable, "-c", ASK.format(slow=SLOW_TO_LOAD), *PROGRAMS]
    done = subprocess.run(ask, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith("loaded by")]
    assert said == [f"loaded by {name} set()" for name in PROGRAMS]
    assert max(map(len, done.stdout.splitlines())) <= 80
