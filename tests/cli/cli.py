"""Helpers of the command line's tests: each test runs `dure` in an empty folder of its own."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
DURE = None  # the program, from the command line


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dure-test-"))
        self.addCleanup(self.remove)
        shutil.copy(HERE / "small.toml", self.folder)

    def remove(self):
        for path in self.folder.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(self.folder)

    def environment(self):
        env = dict(os.environ, COLUMNS="100", LC_ALL="C.UTF-8")
        for name in ("CI", "DURE_DATA"):
            env.pop(name, None)
        return env

    def start(self, *words):
        return subprocess.Popen([DURE, *map(str, words)], cwd=self.folder, env=self.environment(),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def dure(self, *words, expect=0, env=None):
        """Runs it to the end; checks the exit code and returns its output."""
        done = subprocess.run([DURE, *map(str, words)], cwd=self.folder, env={**self.environment(), **(env or {})},
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, expect, f"dure {words}\n{done.stdout}{done.stderr}")
        return done

    def refused(self, *words):
        """It must fail with one sentence and exit code 2; returns the sentence."""
        done = self.dure(*words, expect=2)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Aerror: .*\n\Z")
        return done.stderr

    def summary(self, run):
        return json.loads((self.folder / run / "summary.json").read_text())

    def digest(self, run):
        return self.summary(run)["run"]["digest"]

    def files(self):
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*"))


def main():
    global DURE
    DURE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(module="__main__")
