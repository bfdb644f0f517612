#!/usr/bin/env python3
"""Our training step, prediction and matrix products beside PyTorch's: both in turn, several times, medians and their ratios.

usage: step_ratios.py [--depths 8,20,32] [--side 32] [--batch 128] [--threads 2] [--rounds 3] [--seconds 4] [--java "java options"] [--out FILE.json]
Needs target/equisphere-cli.jar and Debian's python3-torch. The machine should have nothing else to do.
"""
import argparse
import datetime
import json
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
JAR = HERE.parent.parent / "target" / "equisphere-cli.jar"


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    flags = open("/proc/cpuinfo").read()
    return model + (" with AVX-512" if "avx512f" in flags else " with AVX2" if "avx2" in flags else "")


def places(value):
    return 0 if value >= 100 else 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--depths", default="8,20,32")
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--java", default="java")
    parser.add_argument("--out")
    a = parser.parse_args()
    rows = []
    for depth in map(int, a.depths.split(",")):
        ours, torch = [], []
        for _ in range(a.rounds):
            ours.append(run([*a.java.split(), "-jar", str(JAR), "bench", "--json", "--network", f"resnet{depth}", "--side", str(a.side),
                             "--batch", str(a.batch), "--threads", str(a.threads), "--seconds", str(a.seconds)]))
            torch.append(run(["/usr/bin/python3", str(HERE / "step_torch.py"), *map(str, (depth, a.batch, a.threads, a.seconds, a.side))]))
        rows.append({"depth": depth, "ours": ours, "torch": torch})

    def median(runs, field):
        keys = field.split("/")
        values = []
        for r in runs:
            for key in keys:
                r = r[key]
            values.append(r)
        return statistics.median(values)

    print(f"{machine()}, {a.threads} threads, batch {a.batch} of {a.side}x{a.side}, {rows[0]['ours'][0]['jvm']}, {rows[0]['torch'][0]['backend']}, "
          f"{datetime.date.today()}; medians of {a.rounds} runs in turn\n")
    print("| what | ours | PyTorch | ours / PyTorch |\n|---|---|---|---|")
    for row in rows:
        for field, name in (("train_images_per_s", "training, images/s"), ("infer_images_per_s", "prediction, images/s"),
                            ("infer_one_image_ms", "prediction of one image, ms"), ("peak_rss_mb", "peak memory, MB")):
            x, y = median(row["ours"], field), median(row["torch"], field)
            print(f"| ResNet-{row['depth']} {name} | {x:.{places(x)}f} | {y:.{places(y)}f} | {x / y:.2f} |")
    for n in (256, 1024, 2048):
        x, y = (median([r for row in rows for r in row[side]], f"gemm_gflops/{n}") for side in ("ours", "torch"))
        print(f"| product {n}^3, GFLOP/s | {x:.0f} | {y:.0f} | {x / y:.2f} |")
    if a.out:
        result = {"machine": machine(), "date": str(datetime.date.today()), "arguments": {k: v for k, v in vars(a).items() if k != "out"}, "rows": rows}
        pathlib.Path(a.out).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
