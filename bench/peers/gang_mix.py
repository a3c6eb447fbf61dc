#!/usr/bin/python3
"""Writes the list of mixed gang jobs that the placement figure uses, as CSV on stdout.

    gang_mix.py JOBS SEED > jobs.csv

Header `gpus,tasks`: a job is `tasks` tasks that start together, each with `gpus` GPUs inside one
node. The shares below are those of large GPU fleets: most jobs are small, most GPUs are in gangs.
They hold exactly (largest remainder, ties to the smaller job), so that one rare 512 x 8 gang more
or less does not decide a comparison; only the order depends on SEED. From JOBS = 1,000 on the list
holds every kind; 1,000 jobs are 2,498 tasks and 14,484 GPUs. The shuffle is our own (Fisher-Yates
on a 64-bit linear congruential generator), so the bytes do not depend on the Python version.
"""
import sys

MIX = [  # (jobs per 1,000, tasks, GPUs per task)
    (600, 1, 1),
    (150, 1, 2),
    (100, 1, 4),
    (80, 1, 8),
    (40, 4, 8),
    (20, 16, 8),
    (9, 64, 8),
    (1, 512, 8),
]


def gang_mix(jobs, seed):
    """The list of (gpus, tasks), [jobs]."""
    counts = [jobs * share // 1000 for share, _, _ in MIX]
    by_remainder = sorted(range(len(MIX)), key=lambda k: (-(jobs * MIX[k][0] % 1000), k))
    for k in by_remainder[: jobs - sum(counts)]:
        counts[k] += 1
    rows = [(gpus, tasks) for (_, tasks, gpus), n in zip(MIX, counts) for _ in range(n)]

    state = seed
    for i in range(len(rows) - 1, 0, -1):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        k = (state >> 32) * (i + 1) >> 32  # 0 <= k <= i
        rows[i], rows[k] = rows[k], rows[i]
    return rows


if __name__ == "__main__":
    if len(sys.argv) != 3 or not all(a.isdigit() for a in sys.argv[1:]) or int(sys.argv[1]) < 1:
        sys.exit("usage: gang_mix.py JOBS SEED: two whole numbers, JOBS at least 1")
    rows = gang_mix(int(sys.argv[1]), int(sys.argv[2]))
    print("\n".join(["gpus,tasks"] + ["%d,%d" % row for row in rows]))
