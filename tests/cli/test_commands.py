"""The commands that only tell: overview, help, list, describe, verify, bench."""
import cli

COMMANDS = ["run", "resume", "replay", "runs", "compare", "list", "describe", "import", "fab", "floor", "verify", "bench"]


class Commands(cli.CliTest):
    def test_overview_and_help(self):
        out = self.dure().stdout
        for command in COMMANDS:
            self.assertIn("dure " + command, out)
            text = self.dure(command, "--help").stdout
            self.assertIn("Examples:\n  dure " + command, text)
        self.assertRegex(self.dure("--version").stdout, r"\Adure \d+\.\d+\.\d+\n\Z")

    def test_list(self):
        (self.folder / "scenarios").mkdir()
        (self.folder / "small.toml").rename(self.folder / "scenarios/small.toml")
        (self.folder / "scenarios/broken.toml").write_text("world = ")
        out = self.dure("list").stdout
        self.assertRegex(out, r"small +Two small sites")
        self.assertRegex(out, r"broken +cannot be read")
        self.assertRegex(out, r"fleet +GPU")
        self.assertIn("swf", out)
        self.dure("run", "small", "-q", "--until", "1d")
        self.assertIn('"small"', self.refused("run", "smal"))

    def test_describe(self):
        out = self.dure("describe", "fleet").stdout
        self.assertIn("[[owner]]", out)
        self.assertIn("required", out)
        self.assertTrue(all(len(line) <= 100 for line in out.splitlines()), out)
        out = self.dure("describe", "small.toml").stdout
        self.assertIn("For tests of the command line.", out)
        self.assertRegex(out, r"owner\.north\.gpus +128")

    def test_verify_skips_without_data(self):
        out = self.dure("verify", "philly-vc", "fab-load", "lorr", "--data", "nowhere").stdout
        self.assertRegex(out, r"\d+ passed, 0 failed, \d+ skipped\n\Z")
        self.dure("verify", "philly-vc", "fab-load", "lorr", "--data", "nowhere", expect=1, env={"CI": "true"})
        self.assertNotEqual(self.dure("verify", "--list").stdout, "")

    def test_bench_list(self):
        self.assertNotEqual(self.dure("bench", "--list").stdout, "")
        self.assertIn("--smoke", self.refused("bench", "--smoke", "--check"))


if __name__ == "__main__":
    cli.main()
