#!/usr/bin/env python3
"""Checks that every ```cpp block of a guide stands, word for word, in compiled sources.

usage: check_doc_code.py GUIDE.md SOURCE...

Indentation as a whole may differ (code inside a function is indented); nothing else may.
"""
import pathlib
import re
import sys
import textwrap


def without_indent(lines):
    return textwrap.dedent("\n".join(lines)).strip("\n").split("\n")


def stands_in(block, source):
    n = len(block)
    return any(
        source[i].strip() == block[0].strip() and without_indent(source[i : i + n]) == block
        for i in range(len(source) - n + 1)
    )


def main():
    guide, sources = pathlib.Path(sys.argv[1]), [pathlib.Path(p) for p in sys.argv[2:]]
    texts = [p.read_text().split("\n") for p in sources]
    blocks = list(re.finditer(r"^```cpp\n(.*?)^```$", guide.read_text(), re.S | re.M))
    bad = 0
    for m in blocks:
        block = without_indent(m.group(1).split("\n"))
        if not any(stands_in(block, text) for text in texts):
            line = m.string.count("\n", 0, m.start()) + 1
            print(f"{guide}:{line}: this code is in none of the compiled sources:\n{m.group(1)}")
            bad += 1
    print(f"{guide}: {len(blocks) - bad} of {len(blocks)} blocks are compiled code")
    return 1 if bad or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
