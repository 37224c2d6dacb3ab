"""Calling the functions of an artifact: ``art = load("model.pba"); loss, grads = art.grad(params, x)``.

Arguments and results are pytrees of arrays as the exporting program had them. Nothing here needs the compiler.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from . import trees
from .arrays import check_argument
from .artifact import ArtifactFile, EntrySpec, choose_module, leaf_types, read_artifact
from .device import Device, get_device
from .errors import ArtifactError
from .executable import Executable, LoadedModule, choose_driver


class Entry:
    """One function of a loaded artifact. Arguments go by position or by name; the results are read-only NumPy arrays."""

    def __init__(
        self, spec: EntrySpec, module: LoadedModule, consts: Sequence[Any] = (), const_types: Sequence[trees.Leaf] = ()
    ) -> None:
        self.spec = spec
        self.name = spec.name
        self.__name__ = spec.name
        self.__doc__ = f"{spec}\n\n({spec.kind}, compiled; run by pullback.runtime)"
        inputs, outputs = leaf_types(spec.arg_trees), leaf_types(spec.result)
        inputs += [(leaf.shape, leaf.dtype) for leaf in const_types]
        self._consts = list(consts)
        driver = module.device.kind
        if driver == "cpu":
            driver = choose_driver(sum(trees.Leaf(*kind).nbytes for kind in inputs + outputs), spec.flops)
        self._executable = Executable(module, spec.function, inputs, outputs, driver=driver)
        self._positions = {name: i for i, name in enumerate(spec.arg_names)}
        self._put = module.device.to_device

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        spec = self.spec
        if kwargs or len(args) != len(spec.arg_trees):
            args = self._bind(args, kwargs)
        put = self._put
        buffers: list[Any] = []

        def take(value: Any, leaf: trees.Leaf, path: str) -> None:
            buffers.append(put(check_argument(value, leaf.shape, leaf.dtype, path)))

        for tree, value, name in zip(spec.arg_trees, args, spec.arg_names):
            trees.flatten(tree, value, name, take)
        buffers += self._consts
        executable = self._executable
        return trees.unflatten(spec.result, iter(executable.read(executable(buffers))))

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        names = self.spec.arg_names
        if len(args) > len(names):
            raise TypeError(f"{self.name}: expected {len(names)} arguments, got {len(args)}: {self.spec}")
        given = dict(zip(names, args))
        for name, value in kwargs.items():
            if name not in self._positions:
                raise TypeError(f"{self.name}: unknown argument {name!r}: {self.spec}")
            if name in given:
                raise TypeError(f"{self.name}: argument {name!r} is given twice")
            given[name] = value
        missing = [name for name in names if name not in given]
        if missing:
            raise TypeError(f"{self.name}: missing {', '.join(map(repr, missing))}: {self.spec}")
        return tuple(given[name] for name in names)

    def __repr__(self) -> str:
        return f"<entry {self.spec}>"


class Artifact:
    """A loaded artifact. Its entries are items and attributes; an artifact with one entry can be called itself."""

    def __init__(self, content: ArtifactFile, device: str | Device | None = None) -> None:
        if device is None and not os.environ.get("PULLBACK_DEVICE"):
            chosen = choose_module(content, None)
            self.device = get_device(chosen.kind)
        else:
            self.device = get_device(device)
            chosen = choose_module(content, self.device.kind)
        self.path = content.path
        self.manifest = content.manifest
        self.target = chosen
        module = LoadedModule(content.files[chosen.file], self.device)
        buffers = [self.device.to_device(content.const(i)) for i in range(len(content.consts))]
        types = [spec.leaf for spec in content.consts]
        try:
            self._entries = {
                spec.name: Entry(spec, module, [buffers[i] for i in spec.consts], [types[i] for i in spec.consts])
                for spec in content.entries
            }
        except ArtifactError as error:
            raise ArtifactError(f"{content.path}: {error}") from error

    @property
    def entries(self) -> tuple[str, ...]:
        """Names of the functions."""
        return tuple(self._entries)

    def __getitem__(self, name: str) -> Entry:
        try:
            return self._entries[name]
        except KeyError:
            raise KeyError(f"{self.path} has no entry {name!r}; it has: {', '.join(self.entries)}") from None

    def __getattr__(self, name: str) -> Entry:
        entries = self.__dict__.get("_entries", {})
        if name in entries:
            found: Entry = entries[name]
            return found
        raise AttributeError(f"artifact has no entry {name!r}; it has: {', '.join(entries)}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(self._entries) != 1:
            raise TypeError(f"{self.path} has several entries; call one of: {', '.join(self.entries)}")
        return next(iter(self._entries.values()))(*args, **kwargs)

    def __iter__(self) -> Any:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._entries]

    def __repr__(self) -> str:
        return f"Artifact({str(self.path)!r}, {self.device}: " + "; ".join(str(e.spec) for e in self._entries.values()) + ")"


def load(path: str | os.PathLike[str], device: str | Device | None = None) -> Artifact:
    """Loads an artifact, whose functions can then be called.

    Args:
      path: the file that `export` wrote.
      device: where to run; by default PULLBACK_DEVICE, else the first device that the artifact was compiled for.

    Returns:
      An `Artifact`: its functions are attributes and items, take arrays or pytrees of arrays and give NumPy arrays.

    Raises:
      ArtifactError: the file is damaged, or this machine cannot run it.
      DeviceError: there is no such device on this machine.

    Reference: pullback.runtime.artifact, the format of the file.

    >>> import tempfile
    >>> import numpy as np
    >>> import pullback, pullback.numpy as pnp
    >>> path = tempfile.mkdtemp() + "/double.pba"
    >>> _ = pullback.export({"double": (lambda x: 2 * x, pnp.ones(2))}, path)
    >>> pullback.load(path).double(np.ones(2, "float32"))
    array([2., 2.], dtype=float32)
    """
    return Artifact(read_artifact(path), device)
