"""llama.cpp's server for the tests: `llama_server.py MODEL [KEY]` prints its address and serves until its input ends.

Needs the package xllamacpp, which bundles it; tests/run installs that into a folder of its own.
"""

import os
import sys

import xllamacpp


def main() -> None:
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    # 4 requests side by side, with 1,024 tokens each
    params.n_parallel = 4
    params.n_ctx = 4096
    # a second thread waits more than it computes on a busy machine
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    if len(sys.argv) > 2:
        params.api_keys = [sys.argv[2]]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    # its threads don't end by themselves
    os._exit(0)


main()
