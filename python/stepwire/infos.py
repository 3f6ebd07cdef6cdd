"""Info columns as Gymnasium's vector environments give them.

Of every value `name` there is an array over the rows, and a mask `_name` of the rows that have it;
0 stands where there is none, and without any such row neither is there. Columns `name[0]`,
`name[1]`... are one value with that many elements. In SAME_STEP, `final_obs` and `final_info` have
the last observation and the infos of episodes that ended. Ours alone is `faulty`: the rows whose
step did not happen, if there are any.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import wire
from .session import Batch
from .spec import Spec, Value

# What an infos' value is made of: its name, that of its mask, and its column or columns.
_Field = tuple[str, str, int | list[int]]

# Rows of a step that lack what is not there at a reset.
_WITHOUT = int(wire.FIRST) | int(wire.FAULTY)


class Infos:
    """Makes infos of the columns of a spec."""

    def __init__(self, spec: Spec) -> None:
        columns: dict[str, int | list[int]] = {}
        at_reset = {}
        for number, column in enumerate(spec.infos):
            element = re.fullmatch(r"(.+)\[\d+\]", column.name)
            name = element[1] if element else column.name
            at_reset[name] = column.at_reset
            if element:
                known = columns.setdefault(name, [])
                assert isinstance(known, list)
                known.append(number)
            else:
                columns[name] = number
        self._fields: list[_Field] = [(name, f"_{name}", c) for name, c in columns.items()]
        self._at_reset = [entry for entry in self._fields if at_reset[entry[0]]]
        self._later = [entry for entry in self._fields if not at_reset[entry[0]]]

    @staticmethod
    def _put(
        infos: dict[str, Any],
        fields: list[_Field],
        values: NDArray[np.float64],
        present: NDArray[np.bool_],
    ) -> None:
        """The fields of `values` [rows, columns], of which the rows `present` count."""
        if present.any():
            columns = np.where(present, values.T, 0.0)
            for name, mask, chosen in fields:
                infos[name] = columns[chosen].T
                infos[mask] = present

    def of_reset(
        self, values: NDArray[np.float64] | None, rows: NDArray[np.bool_]
    ) -> dict[str, Any]:
        """`values` [rows, columns], of which those of the rows that were reset count."""
        infos: dict[str, Any] = {}
        if values is not None:
            self._put(infos, self._at_reset, values, rows)
        return infos

    def of_step(self, batch: Batch, finals: Sequence[Value]) -> dict[str, Any]:
        """`finals`: the final observation of each row that ended, in SAME_STEP."""
        infos: dict[str, Any] = {}
        flags, everyone = batch.flags, np.ones(len(batch.flags), np.bool_)
        if not flags.any():  # as most of the time
            if batch.infos is not None:
                self._put(infos, self._fields, batch.infos, everyone)
            return infos
        faulty = (flags & wire.FAULTY) != 0
        some_faulty = faulty.any()
        if batch.infos is not None:
            without = flags & _WITHOUT
            begun_or_well = without != wire.FAULTY if some_faulty else everyone
            self._put(infos, self._at_reset, batch.infos, begun_or_well)
            self._put(infos, self._later, batch.infos, without == 0)
        if finals:
            ended = (flags & (wire.TERMINATED | wire.TRUNCATED)) != 0
            infos |= self._of_ended(ended, faulty, batch.final_infos, finals)
        if some_faulty:
            infos["faulty"] = faulty
            infos["_faulty"] = faulty.copy()
        return infos

    def _of_ended(
        self,
        ended: NDArray[np.bool_],
        faulty: NDArray[np.bool_],
        values: NDArray[np.float64] | None,
        finals: Sequence[Value],
    ) -> dict[str, Any]:
        observations = np.full(len(ended), None, object)
        for row, final in zip(np.flatnonzero(ended), finals):
            observations[row] = final
        info: dict[str, Any] = {}
        if values is not None:
            full = np.zeros((len(ended), values.shape[1]))
            full[ended] = values
            self._put(info, self._fields, full, ended & ~faulty)
        return {
            "final_obs": observations,
            "_final_obs": ended,
            "final_info": info,
            "_final_info": ended.copy(),
        }
