"""Reruns beside llama.cpp, in turn, medians; see rerun.sh, which calls this."""

import json
import os
import statistics
import subprocess
import sys

bench, guildhall, llama, threads, rounds, *files = sys.argv[1:]
ANSWER, SAMPLES = 128, 8
STORY = (
    "A bridge inspector walks below a deck of prestressed concrete and notes cracks near the third pier, rust at the "
    "bearings, water that drips from a joint, and a sound as of loose plates whenever a lorry passes over. "
)
PROMPT = STORY * 5 + "Go on with the inspector's report, at great length, and leave nothing out."


def ours(file, samples):
    command = [guildhall, "rerun", "--model", file, "--threads", threads, "--prompt", PROMPT, "--json"]
    command += ["--max-tokens", str(ANSWER), "--samples", str(samples), "--temperature", "0.8" if samples > 1 else "0"]
    made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    lengths = [len(sample["tokens"]) for sample in made["samples"]]
    return made["timing"], made["prompt_tokens"], statistics.mean(lengths)


def theirs(file, prompt):
    command = [llama, "-m", file, "-t", threads, "-tb", threads, "-c", "4096", "-kvu", "-npp", str(prompt), "-ntg", str(ANSWER)]
    command += ["-npl", f"1,{SAMPLES}", "-pps", "--output-format", "jsonl"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = {row["pl"]: row for row in (json.loads(line) for line in lines if line.startswith("{"))}
    return rows[1], rows[SAMPLES]


gigabytes = float(subprocess.run([bench, "--bench", threads], check=True, capture_output=True, text=True).stdout.split()[0])
print(f"{threads} threads, {rounds} rounds in turn, medians; memory gives {gigabytes:.1f} GB/s to as many threads that only read")
print("tokens a second, ours / llama.cpp's, and the ratio's median [least, most]:")
for file in files:
    found = {"prefill": [], "decode": [], f"decode of {SAMPLES}": []}
    for _ in range(int(rounds)):
        one, prompt, _ = ours(file, 1)
        several, _, length = ours(file, SAMPLES)
        single, batched = theirs(file, prompt)
        found["prefill"].append((one["prefill_tok_s"], single["speed_pp"]))
        found["decode"].append((one["decode_tok_s"], single["speed_tg"]))
        found[f"decode of {SAMPLES}"].append((several["decode_tok_s"], batched["speed_tg"]))
    print(f"{os.path.basename(file)}, prompt of {prompt}, {ANSWER} more ({length:.0f} of each of {SAMPLES}, sampled):")
    for name, pairs in found.items():
        mine, peers = (statistics.median(side) for side in zip(*pairs))
        ratios = sorted(mine / peer for mine, peer in pairs)
        print(f"  {name:<12} {mine:8.1f} / {peers:8.1f}   {statistics.median(ratios):.2f} [{ratios[0]:.2f}, {ratios[-1]:.2f}]")
    decode, batched = (statistics.median(mine for mine, _ in found[name]) for name in ("decode", f"decode of {SAMPLES}"))
    share = decode * os.path.getsize(file) / 1e9 / gigabytes
    print(f"  {SAMPLES} samples {batched / decode:.2f} times one; one reads weights at {share:.0%} of what memory gives")
