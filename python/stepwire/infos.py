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
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import wire
from .session import Batch
from .spec import Spec, Value


@dataclass
class _Field:
    name: str
    at_reset: bool
    columns: list[int] = field(default_factory=list)
    is_vector: bool = False


class Infos:
    """Makes infos of the columns of a spec."""

    def __init__(self, spec: Spec) -> None:
        fields: dict[str, _Field] = {}
        for number, column in enumerate(spec.infos):
            element = re.fullmatch(r"(.+)\[\d+\]", column.name)
            name = element[1] if element else column.name
            entry = fields.setdefault(name, _Field(name, column.at_reset))
            entry.columns.append(number)
            entry.is_vector = element is not None
        self._fields = list(fields.values())
        self._masks = [f"_{entry.name}" for entry in self._fields]

    def _put(
        self,
        infos: dict[str, Any],
        values: NDArray[np.float64],
        present: NDArray[np.bool_],
        at_reset: bool | None = None,
    ) -> None:
        """Those fields that are, or are not, there at a reset, of `values` [rows, columns], 0 in
        all rows but those `present`."""
        if not present.any():
            return
        columns = np.where(present[:, None], values, 0.0).T
        for entry, mask in zip(self._fields, self._masks):
            if at_reset is None or entry.at_reset is at_reset:
                chosen = entry.columns
                infos[entry.name] = columns[chosen].T if entry.is_vector else columns[chosen[0]]
                infos[mask] = present

    def of_reset(
        self, values: NDArray[np.float64] | None, rows: NDArray[np.bool_]
    ) -> dict[str, Any]:
        """`values` [rows, columns], of which those of the rows that were reset count."""
        infos: dict[str, Any] = {}
        if values is not None:
            self._put(infos, values, rows, at_reset=True)
        return infos

    def of_step(self, batch: Batch, finals: Sequence[Value]) -> dict[str, Any]:
        """`finals`: the final observation of each row that ended, in SAME_STEP."""
        infos: dict[str, Any] = {}
        if not batch.flags.any():  # as most of the time
            if batch.infos is not None:
                self._put(infos, batch.infos, np.ones(len(batch.flags), np.bool_))
            return infos
        first = (batch.flags & wire.FIRST) != 0
        faulty = (batch.flags & wire.FAULTY) != 0
        if batch.infos is not None:
            self._put(infos, batch.infos, first | ~faulty, at_reset=True)
            self._put(infos, batch.infos, ~(first | faulty), at_reset=False)
        if finals:
            ended = (batch.flags & (wire.TERMINATED | wire.TRUNCATED)) != 0
            infos |= self._of_ended(ended, faulty, batch.final_infos, finals)
        if faulty.any():
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
            self._put(info, full, ended & ~faulty)
        return {
            "final_obs": observations,
            "_final_obs": ended,
            "final_info": info,
            "_final_info": ended.copy(),
        }
