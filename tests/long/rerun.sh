#!/usr/bin/env bash
# Reruns beside llama.cpp, built here from the sources that the PyPI package `llama-cpp-python` carries: the same file, the same
# threads, in turn; prefill, decode of one answer, decode of eight that share their prompt, and the share of what memory gives.
#   tests/long/rerun.sh [THREADS [ROUNDS]]        (all cores, 5 unless told otherwise)
# The first run builds llama.cpp under target/ (compiler, Python and pip are needed; some twenty minutes on two cores).
set -euo pipefail
cd "$(dirname "$0")/../.."
threads=${1:-$(nproc)} rounds=${2:-5}
llama=0.3.36
built=$PWD/target/llama-cpp-$llama
model=SmolLM2-135M-Instruct.Q4_1.gguf
[ -f "target/models/$model" ] || { echo "tests/run fetches target/models/$model; run it first" >&2 && exit 2; }

if [ ! -x "$built/bin/llama-quantize" ]; then
    rm -rf "$built" && mkdir -p "$built/source"
    python3 -m pip install -q --target "$built/python" cmake ninja scikit-build-core >&2
    export PYTHONPATH=$built/python PATH=$built/python/bin:$PATH
    python3 -m pip download -q --no-deps --no-binary :all: --no-build-isolation --dest "$built/source" \
        "llama-cpp-python==$llama" >&2
    tar xzf "$built"/source/llama_cpp_python-*.tar.gz -C "$built/source"
    cmake -G Ninja -S "$built"/source/llama_cpp_python-*/vendor/llama.cpp -B "$built" -DCMAKE_BUILD_TYPE=Release \
        -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
        -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF >"$built/configured"
    cmake --build "$built" --target llama-batched-bench llama-quantize >"$built/made"
fi
files=("target/models/$model")
for kind in Q8_0 Q4_K_M; do
    file=target/models/SmolLM2-135M-Instruct.$kind.gguf
    [ -f "$file" ] || "$built/bin/llama-quantize" --allow-requantize "target/models/$model" "$file" $kind >/dev/null 2>&1
    files+=("$file")
done

cargo build --release --locked -q
bench=$(cargo bench --bench bandwidth --no-run --locked 2>&1 | sed -n 's/.*(\(target.*\)).*/\1/p')
[ -n "$bench" ] || { cargo bench --bench bandwidth --no-run --locked && exit 1; }
exec python3 tests/long/rerun.py "$bench" target/release/guildhall "$built/bin/llama-batched-bench" "$threads" "$rounds" "${files[@]}"
