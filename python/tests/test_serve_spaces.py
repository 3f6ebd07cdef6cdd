"""Spaces as tensors."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from stepwire import spec as client
from stepwire.serve.spaces import UnservableSpace, flatten, tensors_of, unflatten
from stepwire.serve.spec import Spec


def test_discrete_is_a_category_from_its_start() -> None:
    (t,) = tensors_of(spaces.Discrete(3, start=-1), "action")
    assert (t.name, t.dtype, t.shape, t.low, t.high) == ("action", np.int64, (), (-1.0,), (1.0,))


def test_box_keeps_shape_dtype_and_bounds() -> None:
    low, high = np.array([-1, -np.inf], np.float32), np.array([np.inf, 2], np.float32)
    box = spaces.Box(low, high)
    (t,) = tensors_of(box, "observation")
    assert (t.dtype, t.shape) == (np.float32, (2,))
    assert t.low == (-1, -np.inf) and t.high == (np.inf, 2)


def test_an_unbounded_box_has_no_bounds() -> None:
    (t,) = tensors_of(spaces.Box(-np.inf, np.inf, (2, 3), np.float64), "observation")
    assert t.low is None and t.high is None


@pytest.mark.parametrize(
    ("dtype", "carrier"),
    [(np.uint8, "u1"), (np.int8, "i4"), (np.uint16, "i4"), (np.uint32, "i8"), (np.float16, "f4")],
)
def test_dtypes_that_the_protocol_lacks_travel_as_the_next_larger(dtype, carrier) -> None:
    (t,) = tensors_of(spaces.Box(0, 1, (1,), dtype), "observation")
    assert t.dtype == np.dtype(carrier)


def test_multi_binary_is_a_category_of_two_for_each_element() -> None:
    (t,) = tensors_of(spaces.MultiBinary(3), "action")
    assert (t.dtype, t.shape, t.low, t.high) == (np.int32, (3,), (0.0,) * 3, (1.0,) * 3)


def test_multi_discrete_has_a_category_for_each_element() -> None:
    (t,) = tensors_of(spaces.MultiDiscrete([2, 5]), "action")
    assert (t.dtype, t.low, t.high) == (np.int64, (0.0, 0.0), (1.0, 4.0))


NESTED = spaces.Dict(
    {
        "arm": spaces.Dict({"q": spaces.Box(-1, 1, (2,)), "grip": spaces.Discrete(2)}),
        "eyes": spaces.Tuple([spaces.MultiBinary(2), spaces.Box(0, 255, (4, 4), np.uint8)]),
    }
)


def test_parts_are_named_by_their_way() -> None:
    names = [t.name for t in tensors_of(NESTED, "observation")]
    assert names == ["arm.grip", "arm.q", "eyes.0", "eyes.1"]


def test_what_is_flattened_and_rebuilt_is_the_same() -> None:
    NESTED.seed(1)
    value = NESTED.sample()
    again = unflatten(NESTED, flatten(NESTED, value, "it"))
    assert NESTED.contains(again)
    a, b = (spaces.utils.flatten(NESTED, v).tolist() for v in (again, value))
    assert a == b


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ValueError, match=r"it.arm should have the keys \['grip', 'q'\]"):
        flatten(NESTED, {"arm": {"q": 0}, "eyes": ()}, "it")


@pytest.mark.parametrize(
    "space",
    [
        spaces.Text(5),
        spaces.Sequence(spaces.Discrete(2)),
        spaces.Box(0, 1, (1, 1, 1, 1, 1)),
        spaces.Box(0, 1, (1,), np.uint64),
        spaces.Dict({"x" * 64: spaces.Discrete(2)}),
        spaces.Tuple([spaces.Discrete(2)] * 17),
        spaces.Dict({}),
        spaces.Box(0, 1, (1 << 12, 1 << 11)),
    ],
)
def test_what_the_protocol_has_no_tensors_for_is_refused(space) -> None:
    with pytest.raises(UnservableSpace):
        tensors_of(space, "observation")


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_integers_without_limits_are_a_box_for_clients(dtype, shape) -> None:
    limits = np.iinfo(dtype)
    space = spaces.Box(limits.min, limits.max, shape, dtype)
    sent = Spec(observations=tensors_of(space, "observation"), actions=tensors_of(space, "action"))
    assert client.unpack(sent.message("Any-v0", {}, {})).observations[0].space() == space


def test_as_many_integers_as_can_be_counted_are_categories_for_clients() -> None:
    most = np.iinfo(np.int32).max
    space = spaces.Box(-1, most - 2, (2,), np.int32)
    sent = Spec(observations=tensors_of(space, "observation"), actions=tensors_of(space, "action"))
    received = client.unpack(sent.message("Any-v0", {}, {})).observations[0].space()
    assert received == spaces.MultiDiscrete([most] * 2, np.int32, start=[-1, -1])
