"""Reads checkpoints with the reference library (pip install safetensors numpy zstandard xxhash).

read.py FILE... prints every array, and fails if the checksum is wrong. Nothing here is Stepwire's: it is how
anybody can read them.
"""

import json
import sys

import numpy
import xxhash
import zstandard
from safetensors import safe_open

DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U64": "<u8", "U8": "u1"}


def read(path):
    """Name to array, and the metadata."""
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        arrays = {name: file.get_tensor(name) for name in file.keys()}
    for name in arrays:
        if "zstd." + name in metadata:
            inside = json.loads(metadata["zstd." + name])
            data = zstandard.ZstdDecompressor().decompress(arrays[name].tobytes())
            arrays[name] = numpy.frombuffer(data, DTYPES[inside["dtype"]]).reshape(inside["shape"])
    return arrays, metadata


def check(path, checksum):
    """The checksum is of the data, and then of all before it, with zeros where it stands itself."""
    with open(path, "rb") as file:
        content = file.read()
    begin = 8 + int.from_bytes(content[:8], "little")
    at = content.index(checksum.encode())
    head = content[:at] + b"0" * 16 + content[at + 16 : begin]
    assert xxhash.xxh3_64_hexdigest(content[begin:] + head) == checksum, path


for path in sys.argv[1:]:
    arrays, metadata = read(path)
    check(path, metadata["checksum"])
    for key, value in metadata.items():
        print(f"{key}: {value!r}")
    for name, array in arrays.items():
        print(f"{name}: {array.dtype} {list(array.shape)}")
