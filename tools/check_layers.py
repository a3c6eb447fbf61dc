#!/usr/bin/env python3
"""Checks that includes below src/ point only down the list of layers: check_layers.py [SRC]

A file may include its own layer and those before it in LAYERS. No world includes another, and
solvers include no world. Prints file:line for each include that breaks this, and exits with 1.
"""
import pathlib
import re
import sys

LAYERS = ["base", "kernel", "solvers", "worlds", "policies", "systems", "live", "apps"]
INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')


def place(parts):
    """(layer, world) of a path below src/, given as its parts; (None, None) outside the layers."""
    if parts[0] == "tutorial":  # the tutorial's world
        return "worlds", "tutorial"
    if parts[0] == "worlds" and len(parts) > 2:
        return "worlds", parts[1]
    return (parts[0], None) if parts[0] in LAYERS and len(parts) > 1 else (None, None)


def included(src, file, quote, name):
    """The included file's path below src/, as parts; None when it is not below src/."""
    for folder in ([file.parent] if quote == '"' else []) + [src]:
        path = (folder / name).resolve()
        if path.is_file():
            return path.relative_to(src).parts if path.is_relative_to(src) else None
    parts = pathlib.PurePosixPath(name).parts
    return parts if place(parts)[0] and parts[-1].endswith(".h") else None


def fault(source, target):
    """Why the file at `source` must not include the one at `target`; None when it may."""
    (layer, world), (other, other_world) = place(source), place(target)
    if other is None:
        return "is in none of the layers " + ", ".join(LAYERS)
    if layer == other == "worlds":
        return None if world == other_world else f"world {world} must not include world {other_world}"
    if layer == "solvers" and other == "worlds":
        return "solvers must not know a world"
    if LAYERS.index(other) > LAYERS.index(layer):
        return f"{layer} comes before {other}: it must not include it"
    return None


def check(src):
    """The faults below src/, as lines of text, and how many files were read."""
    src = pathlib.Path(src).resolve()
    faults, files = [], 0
    for file in sorted(f for f in src.rglob("*") if f.suffix in (".h", ".cc") and f.is_file()):
        files += 1
        source = file.relative_to(src).parts
        label = "/".join((src.name, *source))
        if place(source)[0] is None:
            faults.append(f"{label}:1: is in none of the layers {', '.join(LAYERS)}")
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            target = match and included(src, file, *match.groups())
            why = target and fault(source, target)
            if why:
                faults.append(f"{label}:{number}: {'/'.join(target)}: {why}")
    return faults, files


def main():
    src = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent / "src"
    faults, files = check(src)
    for line in faults:
        print(line)
    if not files:
        print(f"{src}: found no .h or .cc file")
    print(f"layers: {files} files, {len(faults)} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
