#!/usr/bin/env python3
"""Tests of check_layers.py on small made-up trees."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import check_layers


class CheckLayers(unittest.TestCase):
    def faults(self, tree):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in tree.items():
                path = pathlib.Path(folder, "src", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_layers.check(pathlib.Path(folder, "src"))[0]

    def test_same_or_earlier_layer_is_fine(self):
        self.assertEqual(self.faults({
            "base/time.h": "#include <vector>\n",
            "kernel/world.h": '#include "base/time.h"\n#include <doctest/doctest.h>\n',
            "worlds/fleet/world.h": '#include "kernel/world.h"\n#include "worlds/fleet/model.h"\n',
            "worlds/fleet/model.h": "",
            "worlds/fleet/read_swf.cc": '#include "model.h"\n',
            "solvers/anneal.cc": '#include "base/time.h"\n',
            "systems/nation.cc": '#include "worlds/fleet/world.h"\n',
            "apps/cli/main.cc": '#include "systems/nation.h"\n#include "nlohmann/json.hpp"\n',
        }), [])

    def test_later_layer(self):
        self.assertEqual(self.faults({"kernel/a.h": '\n#include "policies/b.h"\n', "policies/b.h": ""}),
                         ["src/kernel/a.h:2: policies/b.h: kernel comes before policies: it must not include it"])

    def test_file_that_is_not_there_yet(self):
        self.assertEqual(len(self.faults({"base/a.h": '#  include <kernel/none.h>\n'})), 1)

    def test_world_includes_world(self):
        self.assertEqual(self.faults({"worlds/floor/a.cc": '#include "worlds/ran/b.h"\n', "worlds/ran/b.h": ""}),
                         ["src/worlds/floor/a.cc:1: worlds/ran/b.h: world floor must not include world ran"])

    def test_relative_path_to_another_world(self):
        self.assertEqual(len(self.faults({"worlds/floor/a.cc": '#include "../ran/b.h"\n', "worlds/ran/b.h": ""})), 1)

    def test_tutorial_is_a_world(self):
        self.assertEqual(len(self.faults({"tutorial/a.cc": '#include "worlds/ran/b.h"\n', "worlds/ran/b.h": ""})), 1)
        self.assertEqual(len(self.faults({"worlds/ran/b.h": '#include "tutorial/a.h"\n', "tutorial/a.h": ""})), 1)
        self.assertEqual(self.faults({"apps/cli/a.cc": '#include "tutorial/a.h"\n', "tutorial/a.h": ""}), [])

    def test_solver_knows_no_world(self):
        self.assertEqual(self.faults({"solvers/a.cc": '#include "worlds/ran/b.h"\n', "worlds/ran/b.h": ""}),
                         ["src/solvers/a.cc:1: worlds/ran/b.h: solvers must not know a world"])

    def test_tests_keep_to_the_layers_too(self):
        self.assertEqual(len(self.faults({"base/a.test.cc": '#include "kernel/b.h"\n', "kernel/b.h": ""})), 1)

    def test_helpers_outside_src_are_fine(self):
        self.assertEqual(self.faults({"base/a.test.cc": '#include "../tests/b.h"\n', "../tests/b.h": ""}), [])

    def test_unknown_folder(self):
        self.assertEqual(len(self.faults({"misc/a.h": ""})), 1)

    def test_comments_do_not_count(self):
        self.assertEqual(self.faults({"base/a.h": '// #include "kernel/b.h"\n', "kernel/b.h": ""}), [])


if __name__ == "__main__":
    unittest.main()
