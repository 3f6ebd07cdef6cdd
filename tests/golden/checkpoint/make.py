"""Writes fake.safetensors with the reference library (pip install safetensors numpy).

test_checkpoint.c reads it: what it expects is what stands here.
"""

import numpy
from safetensors.numpy import save_file

save_file(
    {
        "policy.weight": numpy.array([[0.5, -1.25, 3e100]], dtype=numpy.float64),
        "counter": numpy.array(-7, dtype=numpy.int64),
        "unused": numpy.arange(5, dtype=numpy.float32),
    },
    "fake.safetensors",
    metadata={"algo": "fake", "env": "Fake-v0", "steps": "12"},
)
