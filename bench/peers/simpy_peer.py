"""What the SimPy peers share: arguments, user CPU time, the one JSON line on stdout."""
import json
import resource
import sys

import simpy


def user_cpu_s():
    """User CPU time of this process so far, in seconds."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def arguments(usage, types, optional):
    """The command line converted by `types`; the last `optional` ones may be missing (then None)."""
    given = sys.argv[1:]
    try:
        if not len(types) - optional <= len(given) <= len(types):
            raise ValueError
        values = [convert(text) for convert, text in zip(types, given)]
        if min(values) <= 0:
            raise ValueError
    except ValueError:
        print("usage: %s, all above 0; found: %s" % (usage, " ".join(given)), file=sys.stderr)
        sys.exit(2)
    return values + [None] * (len(types) - len(values))


def print_result(figure, param, work, count, cpu_s, note, **more):
    line = {
        "peer": "SimPy",
        "version": "%s, Python %d.%d" % ((simpy.__version__,) + sys.version_info[:2]),
        "figure": figure,
        "param": param,
        "work": work,
        "rate_per_s": round(count / cpu_s),
        "cpu_s": round(cpu_s, 3),
        "note": note,
    }
    print(json.dumps({**line, **more}, separators=(",", ":")))
