"""Fingerprints of code: the package's modules that make a table, without their words and comments.

The fingerprint of a function covers its own body, what it uses of its module, and every module of the package that
those import, transitively, with the data files that lie beside them. Docstrings, comments and the descriptions of
columns are left out: a change of words makes nothing stale. Rooms that carry rows and do not make them are left out
too: otherwise every change of how a table is written would rebuild every table.
"""

import ast
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "dmp_assets"
ROOT = Path(__file__).resolve().parents[2]

CARRIERS = (
    "foundation.drawing",
    "foundation.incremental.code",
    "foundation.publishing",
    "foundation.settings",
    "foundation.warehouse",
)
"""Rooms that make no values. Settings count by their values, pictures are made again with the next rows."""

CONVERSIONS = ("foundation.values.contracts", "foundation.warehouse.contract", "foundation.warehouse.json_text")
"""Modules of those rooms that do make values: they convert types, and read JSON."""

DATA_SUFFIXES = (".csv", ".json", ".txt", ".yaml")


@dataclass(frozen=True)
class Function:
    """A function, by the module that holds it, and its name there; it may be nested."""

    module: str
    name: str


class CodeBase:
    """The package's own source files."""

    def __init__(self, root: Path = ROOT, package: str = PACKAGE) -> None:
        self.root = root
        self.package = package
        self._modules: dict[str, _Module] = {}

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every module by its name below the package, as ``events.sessions``; a package by its own name."""
        found = {}
        for path in sorted(self.root.rglob("*.py")):
            parts = path.relative_to(self.root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    def state(self) -> str:
        """Return a fingerprint of names, sizes and times of all files: equal states have equal fingerprints."""
        data = (path for suffix in DATA_SUFFIXES for path in self.root.rglob(f"*{suffix}"))
        stats = [(str(path), *_stamp(path)) for path in sorted([*self.files.values(), *data])]
        return hashlib.sha256(repr(stats).encode()).hexdigest()

    def of_modules(self, names: Iterable[str], pieces: Iterable[str] = ()) -> str:
        """Return the fingerprint of modules and all that they import, and of more pieces of code."""
        reached = sorted(self.reached([*names, *CONVERSIONS]))
        digests = [f"{name} {self.module(name).digest}" for name in reached]
        return hashlib.sha256("\n".join([*digests, *pieces]).encode()).hexdigest()[:16]

    def of_function(self, function: Function) -> str:
        """Return the fingerprint of a function; of its whole module where that has no function of the name."""
        pieces, modules = self.module(function.module).used_by(function.name)
        return self.of_modules(modules, pieces)

    def reached(self, names: Iterable[str]) -> set[str]:
        """Return the modules and all that they import, but for carriers."""
        reached: set[str] = set()
        waiting = [name for name in names if self._counts(name)]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += [one for one in self.module(name).imported if self._counts(one)]
        return reached

    def module(self, name: str) -> "_Module":
        """Return one module, read once."""
        if name not in self._modules:
            self._modules[name] = _Module(self, self.files[name])
        return self._modules[name]

    def _counts(self, name: str) -> bool:
        if name not in self.files:
            return False
        return name in CONVERSIONS or not (name.startswith(CARRIERS) or name.endswith(".charts"))


class _Module:
    """One source file: its digest without words, and the names that it imports from the package."""

    def __init__(self, code: CodeBase, path: Path) -> None:
        self.code = code
        self.path = path
        self.tree = _without_words(ast.parse(path.read_bytes()))

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256("\n".join([ast.dump(self.tree), *self._data_files(self.tree)]).encode()).hexdigest()

    @cached_property
    def imported(self) -> set[str]:
        return set(self._imports(self.tree).values())

    def used_by(self, name: str) -> tuple[list[str], set[str]]:
        """Return what a function uses: pieces of this module, as text, and modules of the package."""
        found = _path_to(self.tree, name)
        if found is None:
            return [ast.dump(self.tree)], self.imported
        *around, function = found
        known = _assigned(self.tree.body)
        for outer in around:
            known |= _assigned(outer.body)
        imports = self._imports(self.tree)
        pieces: dict[str, str] = {}
        modules: set[str] = set()
        waiting: list[ast.AST] = [function.args, *function.body]
        seen: set[str] = set()
        while waiting:
            node = waiting.pop()
            for used in {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} - seen:
                seen.add(used)
                # A name of the module counts with its text and with all that it uses itself. Left out here, an edit
                # of it would leave stored tables as they are, made by the old code.
                if used in known:
                    pieces[used] = ast.dump(known[used])
                    waiting.append(known[used])
                elif used in imports:
                    modules.add(imports[used])
        body = "\n".join(map(ast.dump, [function.args, *function.body]))
        return [body, *(text for _, text in sorted(pieces.items()))], modules

    def _imports(self, tree: ast.AST) -> dict[str, str]:
        """Return every name that is imported from the package, with the module that it comes from."""
        prefix = f"{self.code.package}."
        found = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(prefix):
                base = (node.module or "").removeprefix(self.code.package).lstrip(".")
                for alias in node.names:
                    inner = f"{base}.{alias.name}".lstrip(".")
                    found[alias.asname or alias.name] = inner if inner in self.code.files else base
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.startswith(prefix):
                        found[alias.asname or alias.name] = alias.name.removeprefix(prefix)
        return found

    def _data_files(self, tree: ast.AST) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(DATA_SUFFIXES):
                file = self.path.with_name(Path(node.value).name)
                if file.is_file():
                    yield hashlib.sha256(file.read_bytes()).hexdigest()


def fingerprints(functions: Mapping[str, Function], modules: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Return the code fingerprint of each function and module by the name that it is given.

    Args:
        functions: Name -> function.
        modules: Name -> module whose imports count.
        cache: File that keeps the result until a source file changes: computing it costs a second, asking 40 ms.

    A process asks the files once: what it runs is the code that it has loaded, whatever is edited meanwhile.
    """
    asked = repr((sorted(functions.items(), key=repr), sorted(modules.items())))
    if asked not in _IN_PROCESS:
        code = CodeBase()
        state = hashlib.sha256((code.state() + asked).encode()).hexdigest()
        kept = _kept(cache, state)
        if kept is None:
            kept = {name: code.of_function(function) for name, function in functions.items()}
            kept |= {name: code.of_modules([module]) for name, module in modules.items()}
            _keep(cache, state, kept)
        _IN_PROCESS[asked] = kept
    return _IN_PROCESS[asked]


_IN_PROCESS: dict[str, dict[str, str]] = {}


def _kept(cache: Path, state: str) -> dict[str, str] | None:
    try:
        found = json.loads(cache.read_text(encoding="utf-8"))
        return dict(found["fingerprints"]) if found["state"] == state else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(cache: Path, state: str, kept: Mapping[str, str]) -> None:
    aside = cache.with_name(f".{cache.name}.{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps({"state": state, "fingerprints": kept}), encoding="utf-8")
        aside.replace(cache)
    except OSError:  # A folder that cannot be written costs a second each time, and no answer.
        aside.unlink(missing_ok=True)


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _without_words(tree: ast.Module) -> ast.Module:
    """Return the tree without docstrings, notes below constants, and descriptions of columns."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            said = [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
            node.body = said or [ast.Pass()]  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            node.keywords = [one for one in node.keywords if one.arg != "description"]
    return tree


def _path_to(tree: ast.AST, name: str) -> list[ast.FunctionDef] | None:
    """Return the functions around a function of the name, from outside in, and itself."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return [node]
        inner = _path_to(node, name)
        if inner is not None:
            return [node, *inner] if isinstance(node, ast.FunctionDef) else inner
    return None


def _assigned(body: Iterable[ast.stmt]) -> dict[str, ast.AST]:
    """Return what a body defines by name: functions, classes, constants; imports are none."""
    found: dict[str, ast.AST] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {one.id: node for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return found
