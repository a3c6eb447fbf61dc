"""dure runs and compare: the list is a cache that repairs itself."""
import shutil
import sqlite3

import cli


class Runs(cli.CliTest):
    def run_some(self, *names):
        for seed, name in enumerate(names):
            self.dure("run", "small.toml", "-q", "--until", "10d", "--seed", seed, "--out", f"runs/{name}")

    def listed(self):
        lines = self.dure("runs", "--all").stdout.splitlines()
        return sorted(line.split()[0] for line in lines[1:])

    def test_nothing_yet(self):
        self.assertIn("no runs", self.dure("runs").stdout)

    def test_names_by_default(self):
        self.dure("run", "small.toml", "-q", "--until", "1d")
        self.dure("run", "small.toml", "-q", "--until", "1d")
        self.assertEqual(len(self.listed()), 2)
        self.assertTrue(all(name.startswith("small-20") for name in self.listed()))
        self.dure("replay", "last")

    def test_list_follows_the_folders(self):
        self.run_some("a", "b")
        self.assertEqual(self.listed(), ["a", "b"])
        shutil.rmtree(self.folder / "runs/a")
        self.assertEqual(self.listed(), ["b"])
        index = self.folder / "runs/index.sqlite"
        index.unlink()
        self.assertEqual(self.listed(), ["b"])
        index.write_bytes(b"no database" * 1000)
        self.assertEqual(self.listed(), ["b"])
        whole = index.read_bytes()
        index.write_bytes(whole[:5000] + b"\xff" * 8000 + whole[13000:])
        self.assertEqual(self.listed(), ["b"])
        index.write_bytes(b"")
        self.assertEqual(self.listed(), ["b"])
        self.assertEqual(self.listed(), ["b"])

    def test_table(self):
        self.run_some("a")
        db = sqlite3.connect(self.folder / "runs/index.sqlite")
        row = db.execute("SELECT id, scenario, world, seed, status, digest FROM runs").fetchall()
        self.assertEqual(row, [("a", "small", "fleet", 0, "done", self.digest("runs/a"))])
        kpis = db.execute("SELECT count(*) FROM kpis WHERE run = 'a'").fetchone()[0]
        self.assertEqual(kpis, len(self.summary("runs/a")["kpis"]))

    def test_runs_at_the_same_time(self):
        started = [self.start("run", "small.toml", "-q", "--until", "5d", "--seed", seed) for seed in range(8)]
        for process in started:
            _, err = process.communicate(timeout=120)
            self.assertEqual((process.returncode, err), (0, ""))
        self.assertEqual(len(self.listed()), 8)

    def test_runs_elsewhere_are_not_listed(self):
        self.dure("run", "small.toml", "-q", "--until", "1d", "--out", "else/where")
        self.assertFalse((self.folder / "else/index.sqlite").exists())
        self.assertIn("no runs", self.dure("runs").stdout)

    def test_names_may_be_cut(self):
        self.run_some("first", "second", "fifth")
        self.dure("replay", "sec")
        self.assertIn("more than one", self.refused("replay", "fi"))
        self.assertIn("did you mean", self.refused("replay", "secnod"))

    def test_compare(self):
        self.run_some("a", "b")
        self.dure("run", "small.toml", "-q", "--until", "10d", "--seed", 0, "--policy", "fifo", "--out", "runs/c")
        out = self.dure("compare", "a", "c").stdout
        self.assertRegex(out, r'policy\.order +"easy" +"fifo"')
        self.assertNotIn("owner.north", out)
        self.assertIn("north", out)
        out = self.dure("compare", "a", "b").stdout
        self.assertRegex(out, r"seed +0 +1")
        self.assertIn("same state", self.dure("compare", "a", "a").stdout)


if __name__ == "__main__":
    cli.main()
