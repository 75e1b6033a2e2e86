"""What tests/bench/consensus.sh runs: each contender in a process of its own, so that its peak memory is its own."""
import json
import os
import subprocess
import sys
import time

ITERATIONS = 5  # of the Python contenders; the first ones cost what all do


def make(path, judgements):
    """Five raters an item of 1,000, five classes, skills from .5 to .95; the same file for everybody."""
    import numpy

    draw = numpy.random.default_rng(1)
    items = judgements // 5
    truth = draw.integers(0, 5, items)
    skill = draw.uniform(0.5, 0.95, 1000)
    item = numpy.repeat(numpy.arange(items), 5)
    rater = (draw.integers(0, 200, items)[:, None] + numpy.arange(5) * 200).ravel()
    right = draw.uniform(size=judgements) < skill[rater]
    label = numpy.where(right, truth[item], draw.integers(0, 5, judgements))
    with open(path, "w") as out:
        out.write("task,worker,label\n")
        for start in range(0, judgements, 100_000):
            part = slice(start, start + 100_000)
            rows = zip(item[part].tolist(), rater[part].tolist(), label[part].tolist())
            out.write("".join(f"t{i},w{r},{c}\n" for i, r, c in rows))


def crowdkit(path):
    import pandas
    from crowdkit.aggregation import DawidSkene

    table = pandas.read_csv(path, dtype=str)
    before = time.process_time()
    DawidSkene(n_iter=0).fit(table)
    start = time.process_time()
    DawidSkene(n_iter=ITERATIONS).fit(table)
    end = time.process_time()
    return {"iteration_s": ((end - start) - (start - before)) / ITERATIONS}


def sparse(path):
    """The same model with a matrix product for each step: one row a judgement, one column a rater and class."""
    import numpy
    import pandas
    import scipy.sparse

    table = pandas.read_csv(path)
    item, items = pandas.factorize(table.task)
    rater, raters = pandas.factorize(table.worker)
    label, classes = pandas.factorize(table.label)
    n, k = len(items), len(classes)
    given = scipy.sparse.csr_matrix((numpy.ones(len(table)), (item, rater * k + label)), (n, len(raters) * k))
    posterior = numpy.zeros((n, k))
    numpy.add.at(posterior, (item, label), 1)
    posterior /= posterior.sum(1, keepdims=True)
    start = time.process_time()
    for _ in range(ITERATIONS):
        counts = (given.T @ posterior).reshape(len(raters), k, k) + 0.01
        confusion = numpy.log(counts / counts.sum(1, keepdims=True)).reshape(len(raters) * k, k)
        log = given @ confusion + numpy.log(posterior.mean(0))
        log -= log.max(1, keepdims=True)
        posterior = numpy.exp(log)
        posterior /= posterior.sum(1, keepdims=True)
    return {"iteration_s": (time.process_time() - start) / ITERATIONS}


def krippendorff_package(path):
    import krippendorff
    import numpy
    import pandas

    table = pandas.read_csv(path)
    item, items = pandas.factorize(table.task)
    label, classes = pandas.factorize(table.label)
    counts = numpy.zeros((len(items), len(classes)))
    numpy.add.at(counts, (item, label), 1)
    spent = []
    for _ in range(5):
        start = time.process_time()
        value = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
        spent.append(time.process_time() - start)
    return {"alpha_s": sorted(spent)[2], "alpha": value}


def peak_of(command):
    """A command's last line of output, and its peak memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    lines = process.stdout.read().decode().strip().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command}: exit {process.returncode}")
    return json.loads(lines[-1]), usage.ru_maxrss / 1024


def main(bench, guildhall, scratch, sizes):
    most = int(os.environ.get("MOST", "1000000"))
    for size in sizes:
        path = f"{scratch}/votes.csv"
        peak_of([sys.executable, __file__, "make", path, str(size)])
        ours, _ = peak_of([bench, path])
        whole, memory = peak_of([guildhall, "consensus", path, "--method", "dawid-skene", "--json"])
        print(f"\n{size} judgements, CPU seconds an iteration of Dawid-Skene, peak memory of the whole process from CSV")
        print(f"  guildhall     {ours['iteration_s']:.6f} s  {ours['ns_a_judgement']:.1f} ns a judgement  {memory:.0f} MB")
        for name in ["crowdkit", "sparse"]:
            if name == "crowdkit" and size > most:
                print(f"  {name:<12}  left out above {most}: MOST={size} includes it")
                continue
            other, memory = peak_of([sys.executable, __file__, name, path])
            times = other["iteration_s"] / ours["iteration_s"]
            print(f"  {name:<12}  {other['iteration_s']:.6f} s  {times:.0f} x ours  {memory:.0f} MB")
        package, _ = peak_of([sys.executable, __file__, "krippendorff_package", path])
        assert abs(package["alpha"] - ours["alpha"]) < 1e-9, (package, ours)
        print(f"  alpha: guildhall {1e3 * ours['alpha_s']:.2f} ms, krippendorff {1e3 * package['alpha_s']:.1f} ms, the same value")


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]))
    print("{}")
elif sys.argv[1] in ("crowdkit", "sparse", "krippendorff_package"):
    print(json.dumps(globals()[sys.argv[1]](sys.argv[2])))
else:
    main(*sys.argv[1:4], [int(size) for size in sys.argv[4:]])
