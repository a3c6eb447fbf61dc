"""kill -9 at random moments, also while a snapshot is written: resume always ends with the digest of
the undisturbed run, and the recording replays to it."""
import random
import time

import cli

KILLS = 12
END = ["--set", 'end="2029-01-01"']


class Kill(cli.CliTest):
    def test_killed_run_resumes_to_the_same_end(self):
        began = time.monotonic()
        self.dure("run", "small.toml", *END, "--out", "straight", "-q", "--snapshot-every", "0.01")
        took = time.monotonic() - began
        seed = time.time_ns()
        chance = random.Random(seed)
        kills = chain = 0
        while kills < KILLS:
            chain += 1
            run = f"run{chain}"
            words = ["run", "small.toml", *END, "--out", run]
            while True:
                process = self.start(*words, "-q", "--snapshot-every", "0.01")
                try:
                    process.wait(timeout=chance.uniform(0, took))
                except Exception:
                    process.kill()
                _, err = process.communicate()
                if process.returncode == 0:
                    break
                self.assertEqual(process.returncode, -9, f"seed {seed}: {err}")
                kills += 1
                if (self.folder / run / "run.json").exists():
                    words = ["resume", run]
                elif (self.folder / run).exists():
                    run = f"{run}b"  # killed before it had written anything to resume
                    words[-1] = run
            self.assertEqual(self.digest(run), self.digest("straight"), f"seed {seed}")
            self.assertIn("equal", self.dure("replay", run).stdout)

    def test_only_one_process_per_run(self):
        process = self.start("run", "small.toml", *END, "--out", "a", "-q", "--snapshot-every", "0.01")
        while not (self.folder / "a/run.json").exists():
            time.sleep(0.005)
        done = self.start("resume", "a")
        _, err = done.communicate()
        if process.poll() is None:
            self.assertEqual(done.returncode, 2)
            self.assertIn("another process", err)
        process.communicate()


if __name__ == "__main__":
    cli.main()
