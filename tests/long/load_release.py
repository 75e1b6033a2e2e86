#!/usr/bin/env python3
"""Loads every config of a release with Hugging Face `datasets` and checks its columns, types and row counts.

Leaves out what the values mean. By hand, outside `cargo test`:

    python3 -m venv /tmp/release-venv
    /tmp/release-venv/bin/pip install datasets pyarrow
    /tmp/release-venv/bin/python tests/long/load_release.py RELEASE_DIRECTORY

Works offline and in a cache of its own. Exit code: 0 all as expected, 1 a mismatch (said on standard error), 2 usage.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

try:
    import datasets
    import pyarrow.parquet
    import yaml
except ImportError as missing:
    sys.exit(f"error: {missing}\nhint: set up the environment as the head of this file says")

STRING, INT, REAL = (datasets.Value(kind) for kind in ("string", "int64", "float64"))
MESSAGES = datasets.List({"role": STRING, "content": STRING})

TAIL = {
    "label_id": STRING,
    "item_id": STRING,
    "guild": STRING,
    "domain": STRING,
    "tier": STRING,
    "route": STRING,
    "quality": REAL,
    "weight": REAL,
    "flip_probability": REAL,
    "repeat": INT,
    "n_raters": INT,
    "agreement": REAL,
    "rule": STRING,
    "license": STRING,
    "provenance": {
        "release": STRING,
        "leaf_index": INT,
        "leaf_hash": STRING,
        "checkpoint_size": INT,
        "constitution": STRING,
    },
}

EXPECTED = {
    "ratings": {
        "prompt": MESSAGES,
        "output": INT,
        "completion": STRING,
        "question": STRING,
        "kind": STRING,
        "value": STRING,
        **TAIL,
    },
    "preference": {
        "prompt": MESSAGES,
        "chosen": MESSAGES,
        "rejected": MESSAGES,
        "question": STRING,
        "strength": INT,
        **TAIL,
    },
}

# Columns that must be able to hold null; `datasets` doesn't show it, the Parquet schema does.
NULLABLE = {"ratings": ["output", "completion"], "preference": []}


class Mismatch(Exception):
    """The release is not what it should be; the message says where."""


def front_matter(card):
    """The YAML between the two `---` lines that open the card."""
    lines = card.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].strip() != "---":
        raise Mismatch(f"{card}: does not open with `---`")
    for end, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            return yaml.safe_load("\n".join(lines[1:end])) or {}
    raise Mismatch(f"{card}: the front matter has no closing `---`")


def config_names(release):
    """The names under `configs:`, in order."""
    card = release / "README.md"
    if not card.is_file():
        raise Mismatch(f"{card}: not there")
    configs = front_matter(card).get("configs")
    if not isinstance(configs, list) or not configs:
        raise Mismatch(f"{card}: the front matter names no `configs:`")
    names = [config.get("config_name") for config in configs if isinstance(config, dict)]
    if len(names) != len(configs) or not all(isinstance(name, str) for name in names):
        raise Mismatch(f"{card}: a config has no `config_name`")
    return names


def check_features(where, features):
    """Names, order and types of the columns."""
    config = where.split("/")[0]
    if config not in EXPECTED:
        raise Mismatch(f"{where}: no columns are known for this config; known are {', '.join(EXPECTED)}")
    expected = EXPECTED[config]
    if list(features) != list(expected):
        missing = [name for name in expected if name not in features]
        extra = [name for name in features if name not in expected]
        raise Mismatch(f"{where}: columns are {list(features)}; missing {missing}, not expected {extra}, or out of order")
    for name, feature in expected.items():
        if features[name] != feature:
            raise Mismatch(f"{where}: column `{name}` is {features[name]}, expected {feature}")
        if isinstance(feature, dict) and list(features[name]) != list(feature):
            raise Mismatch(f"{where}: fields of `{name}` are {list(features[name])}, expected {list(feature)}")


def footer_rows(config, split, files):
    """Rows in the Parquet footers of a split; there must be some, and what may be null must be able to."""
    rows = 0
    for file in files:
        footer = pyarrow.parquet.ParquetFile(file)
        rows += footer.metadata.num_rows
        for name in NULLABLE.get(config, []):
            if name in footer.schema_arrow.names and not footer.schema_arrow.field(name).nullable:
                raise Mismatch(f"{file}: column `{name}` cannot hold null")
    if rows == 0:
        raise Mismatch(f"{config}/{split}: no rows; `datasets` loads no empty split, so leave it out of `configs:`")
    return rows


def check_config(release, config, cache):
    """Loads one config, prints it and compares it with what is expected."""
    files = datasets.load_dataset_builder(str(release), config, cache_dir=cache).config.data_files or {}
    footers = {split: footer_rows(config, split, paths) for split, paths in files.items()}
    for split, dataset in datasets.load_dataset(str(release), config, cache_dir=cache).items():
        where = f"{config}/{split}"
        print(f"{where}: {dataset.num_rows} rows")
        for name, feature in dataset.features.items():
            print(f"  {name}: {feature}")
        check_features(where, dataset.features)
        read = sum(len(batch["label_id"]) for batch in dataset.iter(1000))
        if not dataset.num_rows == footers[split] == read:
            raise Mismatch(
                f"{where}: {dataset.num_rows} rows loaded, {read} read, {footers[split]} in the Parquet footers"
            )


def main(arguments):
    """Checks the release named on the command line and returns the exit code."""
    if len(arguments) != 1:
        print("usage: load_release.py RELEASE_DIRECTORY", file=sys.stderr)
        return 2
    release = Path(arguments[0]).resolve()
    datasets.disable_progress_bars()
    print(f"datasets {datasets.__version__}, pyarrow {pyarrow.__version__}")
    config = None
    try:
        with tempfile.TemporaryDirectory() as cache:
            for config in config_names(release):
                check_config(release, config, cache)
    except Mismatch as mismatch:
        sys.stdout.flush()
        print(f"error: {mismatch}", file=sys.stderr)
        return 1
    except Exception as error:  # whatever the library raises, the release did not load
        print(f"error: config `{config}` of {release} does not load", file=sys.stderr)
        cause = error
        while cause is not None:
            print(f"caused by: {type(cause).__name__}: {cause}", file=sys.stderr)
            cause = cause.__cause__
        return 1
    print("all configs as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
