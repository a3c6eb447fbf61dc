"""Bad input gives one sentence and exit code 2, and leaves nothing behind."""
import os
import subprocess

import cli


class Errors(cli.CliTest):
    def edit(self, before, after):
        path = self.folder / "small.toml"
        text = path.read_text()
        self.assertIn(before, text)
        path.write_text(text.replace(before, after))

    def test_unknown_key_names_file_line_and_key(self):
        self.edit("seed = 7", "seed = 7\nsede = 8")
        before = self.files()
        message = self.refused("run", "small.toml")
        self.assertRegex(message, r"small\.toml:8.*sede")
        self.assertIn("seed", message)
        self.assertEqual(self.files(), before)

    def test_bad_values(self):
        before = self.files()
        self.assertIn("--seed", self.refused("run", "small.toml", "--seed", "x"))
        self.assertIn("--seed", self.refused("run", "small.toml", "--seed", "-1"))
        self.assertIn("--set", self.refused("run", "small.toml", "--set", "novalue"))
        self.assertIn("owner.west", self.refused("run", "small.toml", "--set", "owner.west.gpus=8"))
        self.assertIn("--policy", self.refused("run", "small.toml", "--policy", "esay"))
        self.assertIn("--until", self.refused("run", "small.toml", "--until", "soon"))
        self.assertIn("--until", self.refused("run", "small.toml", "--until", "2025-01-01"))
        self.assertIn("--until", self.refused("run", "small.toml", "--until", "2099-01-01"))
        self.assertIn("snapshot-every", self.refused("run", "small.toml", "--snapshot-every", "-1"))
        self.assertEqual(self.files(), before)

    def test_names_nobody_knows(self):
        self.assertIn('"run"', self.refused("rnu"))
        self.assertIn('"--seed"', self.refused("run", "small.toml", "--sede", "1"))
        self.assertIn("nothing to do with", self.refused("run", "small.toml", "more"))
        self.assertIn("no scenario", self.refused("run", "nosuchthing"))
        self.assertIn("no such file", self.refused("run", "no/such.toml"))
        self.assertIn("no run", self.refused("resume", "last"))
        self.assertIn("scenario is required", self.refused("run"))
        self.assertIn("no oracle", self.refused("verify", "nosuch"))
        self.assertIn("no benchmark", self.refused("bench", "nosuch"))
        self.assertIn("a format among", self.refused("import", "nosuch", "x"))
        self.edit('world = "fleet"', 'world = "flet"')
        self.assertIn('did you mean "fleet"', self.refused("run", "small.toml"))

    def test_out_folder_must_be_new(self):
        self.dure("run", "small.toml", "--out", "a", "-q")
        before = (self.folder / "a/summary.json").read_text()
        self.assertIn("dure resume", self.refused("run", "small.toml", "--out", "a"))
        self.assertEqual((self.folder / "a/summary.json").read_text(), before)
        self.assertIn("found a file", self.refused("run", "small.toml", "--out", "small.toml"))
        (self.folder / "b").mkdir()
        (self.folder / "b/x").write_text("mine")
        self.assertIn("new or empty", self.refused("run", "small.toml", "--out", "b"))
        self.assertEqual((self.folder / "b/x").read_text(), "mine")
        self.assertIn("small.toml", self.refused("run", "small.toml", "--out", "small.toml/below"))

    def test_read_only_folder(self):
        self.folder.chmod(0o755)
        (self.folder / "small.toml").chmod(0o644)
        (self.folder / "a").mkdir(mode=0o555)
        before = self.files()
        for out in ("a", "a/b"):
            try:  # root may write anywhere, so not as root
                done = subprocess.run([cli.DURE, "run", "small.toml", "--out", out], cwd=self.folder,
                                      user=65534 if os.geteuid() == 0 else None, capture_output=True, text=True)
            except PermissionError:
                self.skipTest("the program is in a folder that only root can read")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, r"\Aerror: .*cannot .*\n\Z")
        self.assertEqual(self.files(), before)

    def test_no_folder_can_be_made_there(self):
        self.assertIn("error:", self.refused("run", "small.toml", "--out", "/proc/nothing"))

    def test_damaged_snapshot_is_refused(self):
        self.dure("run", "small.toml", "--out", "a", "-q", "--until", "30d")
        record = self.folder / "a/run.json"
        record.write_text(record.read_text().replace('"done"', '"stopped"'))
        snapshot = self.folder / "a/snapshot.dure"
        whole = snapshot.read_bytes()
        for damaged in (whole[:-7], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:], b"", b"something else",
                        whole + b"x"):
            snapshot.write_bytes(damaged)
            self.assertIn("a/snapshot.dure", self.refused("resume", "a"))
        snapshot.write_bytes(whole)
        recording = (self.folder / "a/recording.dure").read_bytes()
        (self.folder / "a/recording.dure").write_bytes(recording[:50])
        self.assertIn("shorter", self.refused("resume", "a"))
        (self.folder / "a/recording.dure").write_bytes(recording)
        self.dure("resume", "a", "-q")

    def test_another_models_snapshot_is_refused(self):
        self.dure("run", "small.toml", "--out", "a", "-q", "--until", "30d")
        record = self.folder / "a/run.json"
        record.write_text(record.read_text().replace('"done"', '"stopped"'))
        scenario = self.folder / "a/scenario.toml"
        scenario.write_text(scenario.read_text().replace("seed = 7", "seed = 8"))
        self.assertIn("another model", self.refused("resume", "a"))

    def test_damaged_recording_is_refused(self):
        self.dure("run", "small.toml", "--out", "a", "-q", "--until", "30d")
        recording = self.folder / "a/recording.dure"
        whole = recording.read_bytes()
        recording.write_bytes(whole[:-3])
        self.assertIn("damaged", self.refused("replay", "a"))
        recording.write_bytes(whole[:40] + bytes([whole[40] ^ 8]) + whole[41:])
        self.assertIn("recording", self.refused("replay", "a"))

    def test_damaged_records(self):
        self.dure("run", "small.toml", "--out", "a", "-q", "--until", "1d")
        (self.folder / "a/summary.json").write_text("{")
        self.assertIn("summary.json", self.refused("replay", "a"))
        (self.folder / "a/run.json").write_text("[]")
        self.assertIn("run.json", self.refused("resume", "a"))


if __name__ == "__main__":
    cli.main()
