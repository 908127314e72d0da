"""Runs over the batches of a sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ravine._options import Options
from ravine._settings import count, to_json

#: Stopping rules that hold for runs over batches, too.
_BUDGETS = ("seconds", "unbounded_below")

#: What a tolerance brings along, and what it means where the test is on all cases.
_IMPLIED = {"gradient_relative": 0.0, "decrease": None}


#: What may become of cases that do not fill a batch.
_LAST = ("kept", "dropped")

#: When all cases are measured, by name and by default.
_MEASURES: dict[Any, Any] = {None: {"every": 1}, "end": "at_end", "never": "never"}


@dataclass(frozen=True)
class Batches:
    """What `minimize` and `race` were asked for beside the arguments of SciPy's."""

    batch_size: int | None = None
    epochs: int | None = None
    schedule: str | None = None
    average_after: int | None = None
    seed: int | None = None
    last_batch: str | None = None
    measure: int | str | None = None

    def settings(self, options: Options) -> str | None:
        """The library's settings as JSON; None where no batches were asked for.

        >>> Batches(batch_size=64, epochs=2).settings(Options())
        '{"measure": {"every": 1}, "batch_size": 64, "epochs": 2}'
        """
        asked = {name: value for name, value in vars(self).items() if value is not None}
        if self.batch_size is None:
            if asked:
                raise ValueError(f"{', '.join(asked)}: need batch_size, the cases of a batch")
            return None
        settings: dict[str, Any] = {"measure": _measure(self.measure)}
        for name in ("batch_size", "epochs", "seed"):
            if name in asked:
                settings[name] = count(name, asked[name])
        if self.schedule is not None:
            settings["schedule"] = self.schedule
        if self.last_batch is not None:
            if self.last_batch not in _LAST:
                raise ValueError(f"last_batch: is {self.last_batch!r}, but must be one of {_LAST}")
            settings["last_batch"] = self.last_batch
        if self.average_after is not None:
            settings["point"] = {"averaged": {"after": count("average_after", self.average_after)}}
        for name, value in options.stopping.items():
            if name == "gradient_absolute":
                settings["gradient_tolerance"] = value
            elif name not in _BUDGETS and (name not in _IMPLIED or value != _IMPLIED[name]):
                raise ValueError(f"{name}: has no meaning over batches; epochs end the run")
        return to_json("batches", settings)


def _measure(asked: int | str | None) -> Any:
    if asked in _MEASURES:
        return _MEASURES[asked]
    if isinstance(asked, str):
        names = ", ".join(repr(name) for name in _MEASURES if name is not None)
        raise ValueError(f"measure: is {asked!r}, but must be a number of epochs or one of {names}")
    return {"every": count("measure", asked)}


#: No batches: all cases at once.
ALL_CASES = Batches()
