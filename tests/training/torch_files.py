"""Files as PyTorch writes them, without it."""

import collections
import pickle
import sys
import types
import zipfile

import numpy as np
import pytest


class Storage(collections.namedtuple("Storage", "kind key count")):
    """What a pickle of PyTorch's names by a persistent id."""


class Pickler(pickle._Pickler):
    def persistent_id(self, part):
        is_storage = isinstance(part, Storage)
        return ("storage", part.kind, part.key, "cpu", part.count) if is_storage else None


def torch_file(path, arrays):
    """As torch.save writes a state dict of float32 tensors, by names that stand for PyTorch's."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    exec("def _rebuild_tensor_v2(*_): ...", utils.__dict__)

    class Tensor:
        def __init__(self, key, value):
            self.key, self.value = key, value

        def __reduce__(self):
            count, shape = self.value.size, self.value.shape
            strides = tuple(step // 4 for step in self.value.strides)
            storage = Storage(torch.FloatStorage, self.key, count)
            hooks = collections.OrderedDict()
            return utils._rebuild_tensor_v2, (storage, 0, shape, strides, False, hooks)

    arrays = {name: np.ascontiguousarray(value, np.float32) for name, value in arrays.items()}
    told = {name: Tensor(str(i), value) for i, (name, value) in enumerate(arrays.items())}
    with pytest.MonkeyPatch.context() as patch, zipfile.ZipFile(path, "w") as archive:
        patch.setitem(sys.modules, "torch", torch)
        patch.setitem(sys.modules, "torch._utils", utils)
        with archive.open("weights/data.pkl", "w") as file:
            Pickler(file, 2).dump(collections.OrderedDict(told))
        for i, value in enumerate(arrays.values()):
            archive.writestr(f"weights/data/{i}", value.tobytes())
    return str(path)
