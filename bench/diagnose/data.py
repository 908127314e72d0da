"""A table of 5000 cases: 20 inputs of different scale, and a class that depends on them."""

import math
import random

random.seed(1)
n, cases = 20, 5000
hidden = [random.gauss(0, 1) for _ in range(n)]
scales = [10 ** (-1 + 2 * k / (n - 1)) for k in range(n)]
print(",".join([f"x{k + 1}" for k in range(n)] + ["y"]))
for _ in range(cases):
    z = [random.gauss(0, 1) for _ in range(n)]
    score = sum(h * v for h, v in zip(hidden, z))
    y = int(random.random() < 1 / (1 + math.exp(-score)))
    print(",".join([f"{s * v:.6g}" for s, v in zip(scales, z)] + [str(y)]))
