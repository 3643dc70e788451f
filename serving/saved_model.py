"""SavedModels of ours on disk: written whole, read with what they say they are."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from interface import files
from interface.command_line import UserError
from serving import about, signatures
from serving.about import EXPORT, About, Asks, Gives
from serving.signatures import DEFAULT, Signature

OF = {"landmarks": "masks and latents", "labels": "label maps", "photo": "photos"}
MAKES = {"image": "paint images from", "labels": "tell the label maps of"}  # by About.gives


@dataclasses.dataclass(frozen=True, eq=False)
class SavedModel:
    """One that is loaded.

    Attributes:
      folder: it lies in.
      about: what it says it is; metadata: the whole file.
      signatures: by name; "serving_default" takes what `about` asks for and makes what it gives:
        an `image` uint8 [N, H, W, 3], or `labels` uint8 [N, H, W].
      definitions: all of them as protobuf's JSON has them.
    """

    folder: pathlib.Path
    about: About
    metadata: Mapping[str, Any]
    signatures: Mapping[str, Signature]
    definitions: Mapping[str, Any]

    @property
    def usual_size(self) -> tuple[int, int]:
        """Height and width that it learnt from, or others that it takes."""
        return about.usual_size(self.about, self.metadata)


def load(place: str) -> SavedModel:
    """The SavedModel in a folder.

    Raises:
      UserError: there is none, it does not make what it says, or does not say clearly what it is.
    """
    folder = pathlib.Path(place)
    about.check_there(folder)
    metadata = about.read(folder)
    known_as = about.of_metadata(metadata, folder)
    try:
        model = tf.saved_model.load(place)
        definitions = signatures.definitions_of(folder)
        known = signatures.of_model(model, definitions)
        makes = definitions[DEFAULT].outputs[known_as.gives].dtype == tf.uint8.as_datatype_enum
        takes = all(len(known[DEFAULT].inputs[name].shape) > 1 for name in known_as.inputs)
    # A damaged file, or one that is being copied, can make TensorFlow raise almost anything.
    except Exception:
        makes = takes = False
    if not (makes and takes):
        raise no_painter(folder, known_as.asks, known_as.gives)
    said = {name: signatures.as_json(each) for name, each in definitions.items()}
    return SavedModel(folder, known_as, metadata, known, said)


def told(about: About) -> str:
    """What a model does, as in "paint images from label maps"."""
    return f"{MAKES[about.gives]} {OF[about.asks]}"


def no_painter(folder: pathlib.Path, asks: Asks, gives: Gives = "image") -> UserError:
    """The error for what was to ask for the one and to give the other, and doesn't."""
    export = EXPORT if asks == "landmarks" else "the export of its system"
    return UserError(
        f"--model {folder}: can't be read, or does not {MAKES[gives]} {OF[asks]}; "
        f"wanted what {export} writes"
    )


def save(
    out: pathlib.Path,
    module: Any,
    functions: Mapping[str, Any],
    metadata: Mapping[str, Any],
    assets: Mapping[str, pathlib.Path],
) -> None:
    """Write a SavedModel, whole or not at all.

    Args:
      out: its folder, not there yet.
      module: a tf.Module that holds the weights.
      functions: its signatures, by name.
      metadata: what it says it is, as `About.metadata` has it, and what else is to be known.
      assets: other files that go along, by the name of the module's attribute.
    """
    from networks.convolution import LibraryGradients  # which servers need not load

    with tempfile.TemporaryDirectory() as scratch, files.replacing(out) as aside:
        note = pathlib.Path(scratch) / about.FILE
        note.write_text(json.dumps(metadata, indent=2) + "\n")
        module.metadata = tf.saved_model.Asset(str(note))  # lies in the model's assets folder
        for name, path in assets.items():
            setattr(module, name, tf.saved_model.Asset(str(path)))
        with LibraryGradients():  # functions are traced here
            tf.saved_model.save(module, str(aside), signatures=dict(functions))
