"""Pictures: how runs converged, and in two dimensions their paths over contours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine._history import History

#: The colours of Okabe and Ito (2008) without their yellow, with grey and brown; the same as those
#: of the command.
COLORS = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (230, 159, 0),
    (90, 90, 90),
    (120, 70, 20),
)

#: Lines and gaps, empty for a full line.
DASHES: tuple[tuple[float, ...], ...] = ((), (7, 4), (2, 3), (9, 3, 2, 3))

#: Markers, filled or hollow.
MARKERS = (
    *(("o", True), ("^", True), ("s", True), ("D", True)),
    *(("o", False), ("^", False), ("s", False), ("D", False)),
    *(("*", True), ("v", True), ("P", True), ("*", False)),
    *(("v", False), ("X", True), ("h", True), ("h", False)),
)

#: Contour levels, and the nodes on each side of the grid that they are found on.
LEVELS = 16
NODES = 161

AXES = {
    "iterations": "iterations",
    "evaluations": "evaluations, at the price of a gradient",
    "seconds": "time in s",
}

HEIGHTS = {"gap": "value above the lowest", "gradient": "|gradient|, maximum norm"}


@dataclass(frozen=True)
class Curve:
    """A run as it is drawn."""

    label: str
    history: History
    dimension: int

    def abscissa(self, by: str) -> NDArray[np.float64]:
        """What the horizontal axis counts."""
        if by == "evaluations":
            counts = np.ascontiguousarray(self.history.moments[:, 3:7])
            return _core.gradient_equivalents(counts, self.dimension)
        return self.history.moments[:, {"iterations": 0, "seconds": 7}[by]]

    def height(self, y: str, lowest: float) -> NDArray[np.float64]:
        """What the vertical axis shows."""
        return self.history.fun - lowest if y == "gap" else self.history.gradient_norm


@dataclass(frozen=True)
class Map:
    """What there is under the paths."""

    objective: _core.Objective | None
    start: NDArray[np.float64]
    minima: Sequence[NDArray[np.float64]]
    lowest: float
    own: tuple[tuple[float, float], tuple[float, float]] | None
    names: tuple[str, str]


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install 'ravine[plot]'") from error
    return pyplot


def _must_be(name: str, value: str, allowed: Iterable[str]) -> None:
    names = ", ".join(repr(word) for word in allowed)
    if value not in allowed:
        raise ValueError(f"{name}: is {value!r}, but must be one of {names}")


def plot_race(race: Any, *, by: str, y: str, axes: Any = None) -> Any:
    """The curves of a race, beside a map where there are two variables."""
    _must_be("by", by, AXES)
    _must_be("y", y, HEIGHTS)
    n = race.start.size
    curves = [Curve(race[k].label, race[k].history, n) for k in race.drawn]
    drawn, all_ = len(curves), len(race)
    more = f"{drawn} of {all_} methods, the best of each family first" if drawn < all_ else ""
    figure, (over, right), own = _panels(axes, n == 2, 1, len(curves))
    convergence(curves, right[0], by=by, y=y, lowest=race.lowest)
    if over is not None:
        names = (*race.variables, "x", "y") if len(race.variables) == 2 else ("x", "y")
        ground = Map(
            race._objective(), race.start, race.minima, race.lowest, race.window, names[:2]
        )
        trajectory(curves, over, ground)
    if own:
        figure.suptitle(
            race._heading() + (f"\n{more}" if more else ""), fontsize="medium", wrap=True
        )
        _legend(figure, right[0])
    else:
        right[0].legend()
    return figure


def plot_result(result: Any, *, by: str = "iterations", axes: Any = None) -> Any:
    """How a run converged: its value above the lowest and its gradient, beside its path over
    contours where there are two variables.

    Parameters
    ----------
    result
        Of :func:`ravine.minimize`.
    by
        What the horizontal axis counts: "iterations", "evaluations" or "seconds".
    axes
        Two axes of matplotlib for value and gradient, or three with one for the map first. Default
        a new figure.

    Examples
    --------
    >>> import ravine
    >>> figure = ravine.minimize("rosenbrock").plot()
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['y', 'value above the lowest', '|gradient|, maximum norm']
    """
    _must_be("by", by, AXES)
    n = len(result.x)
    curve = Curve(result.method, result.history, n)
    points = result.history.x
    flat = n == 2 and points is not None
    figure, (over, right), own = _panels(axes, flat, 2, 0)
    lowest = float(np.nanmin([result.fun, np.nanmin(curve.history.fun)]))
    for axis, y in zip(right, HEIGHTS, strict=True):
        convergence([curve], axis, by=by, y=y, lowest=lowest)
    if len(right) == 2 and own:
        right[0].set_xlabel("")
        right[0].tick_params(labelbottom=False)
    if over is not None and points is not None:
        ground = Map(
            getattr(result, "__dict__", {}).get("_objective"),
            points[0],
            [np.asarray(result.x)] if result.success else [],
            lowest,
            None,
            ("x", "y"),
        )
        trajectory([curve], over, ground)
    if own:
        figure.suptitle(f"{result.method}: {result.message}", fontsize="medium", wrap=True)
    return figure


def _panels(
    axes: Any, flat: bool, count: int, labels: int
) -> tuple[Any, tuple[Any, list[Any]], bool]:
    """The figure, the axes of the map or None, those of the curves, and whether they are ours."""
    pyplot = _pyplot()
    if axes is not None:
        given = list(np.atleast_1d(np.asarray(axes, dtype=object)).ravel())
        wanted = (count, count + 1) if flat else (count,)
        if len(given) not in wanted:
            numbers = " or ".join(str(k) for k in wanted)
            raise ValueError(f"axes: are {len(given)}, but must be {numbers}")
        over = given.pop(0) if len(given) == count + 1 else None
        return given[0].figure, (over, given), False
    height = 4.4 + 0.6 * (count - 1) + 0.25 * ((labels + 3) // 4)
    figure = pyplot.figure(figsize=(10.5 if flat else 7.0, height), layout="constrained")
    grid = figure.add_gridspec(count, 2 if flat else 1)
    over = figure.add_subplot(grid[:, 0]) if flat else None
    right = [figure.add_subplot(grid[k, -1]) for k in range(count)]
    return figure, (over, right), True


def _legend(figure: Any, axis: Any) -> None:
    handles, labels = axis.get_legend_handles_labels()
    most = 4 if figure.get_figwidth() > 8 else 3
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), most))


def convergence(curves: Sequence[Curve], axis: Any, *, by: str, y: str, lowest: float) -> None:
    """The curves, heights on a logarithmic axis; below the rounding of the lowest value all is
    rounding."""
    heights = [curve.height(y, lowest) for curve in curves]
    firsts = [h[0] for h in heights if h.size and np.isfinite(h[0])]
    first = max([*firsts, 0.0]) or 1.0
    rounding = np.finfo(float).eps * abs(lowest) if y == "gap" and np.isfinite(lowest) else 0.0
    floor = max(rounding, 1e-18 * first)
    low, high = first, first
    widest, least = 0.0, np.inf
    for k, (curve, h) in enumerate(zip(curves, heights, strict=True)):
        x = curve.abscissa(by)
        fine = np.isfinite(x) & np.isfinite(h)
        x, h = x[fine], np.maximum(h[fine], floor)
        if not x.size:
            continue
        low, high = min(low, h.min()), max(high, min(h.max(), 100 * first))
        widest = max(widest, x.max())
        least = min(least, x[x > 0].min(initial=np.inf))
        axis.plot(x, h, **_look(k), markevery=_spread(x, by), label=curve.label)
    axis.set_yscale("log")
    axis.set_ylim(low / 2, high * 2)
    if by != "iterations" and np.isfinite(least) and widest > 50 * least:
        axis.set_xscale("log")
    elif by == "iterations" and widest > 50:
        axis.set_xscale("symlog", linthresh=1)
        axis.set_xlim(left=0)
    elif by == "iterations":
        axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set_xlabel(AXES[by])
    axis.set_ylabel(HEIGHTS[y])
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)


def _spread(x: NDArray[np.float64], by: str) -> list[int]:
    """Some ten of the points, evenly over the logarithm of the axis, for markers."""
    if x.size <= 15:
        return list(range(x.size))
    places = np.log1p(x) if by == "iterations" else np.log(np.maximum(x, 1e-12))
    wanted = np.linspace(places[0], places[-1], 10)
    return sorted({int(np.abs(places - place).argmin()) for place in wanted})


def trajectory(curves: Sequence[Curve], axis: Any, ground: Map) -> None:
    """The paths over filled contours, with the start and the minima."""
    all_points = [curve.history.x for curve in curves]
    paths = [points[np.isfinite(points).all(axis=1)] for points in all_points if points is not None]
    ends = [path[-1] for path in paths if len(path)]
    marks = [(float(x), float(y)) for x, y in (ground.start, *ground.minima, *ends)]
    along = [(float(x), float(y)) for path in paths for x, y in path]
    (x0, x1), (y0, y1) = _core.window(ground.own, marks, along)
    if ground.objective is not None:
        _contours(axis, ground, (x0, x1), (y0, y1))
    for k, path in enumerate(paths):
        look = _look(k)
        look["linewidth"] = 1.4
        every = max(len(path) // 12, 1)
        axis.plot(path[:, 0], path[:, 1], **look, markevery=every, alpha=0.9, zorder=3)
    edge, face = _text(axis), axis.get_facecolor()
    axis.plot(
        *ground.start, marker="o", markersize=9, markerfacecolor=face, markeredgecolor=edge,
        markeredgewidth=1.8, linestyle="none", zorder=5,
    )  # fmt: skip
    _name(axis, "start", ground.start, above=True, inner=x0 + 0.8 * (x1 - x0))
    inside = [m for m in ground.minima if x0 <= m[0] <= x1 and y0 <= m[1] <= y1]
    for k, point in enumerate(inside):
        axis.plot(
            *point, marker="*", markersize=15, markerfacecolor=face, markeredgecolor=edge,
            markeredgewidth=1.2, linestyle="none", zorder=5,
        )  # fmt: skip
        if k == 0:
            name = "minimum" if len(inside) == 1 else "minima"
            _name(axis, name, point, above=False, inner=x0 + 0.8 * (x1 - x0))
    axis.set_xlim(x0, x1)
    axis.set_ylim(y0, y1)
    axis.set_xlabel(ground.names[0])
    axis.set_ylabel(ground.names[1])


def _name(axis: Any, text: str, point: NDArray[np.float64], *, above: bool, inner: float) -> None:
    """Names a point, to its left where it is right of `inner`."""
    from matplotlib.patheffects import withStroke

    halo = withStroke(linewidth=2.5, foreground="#20252c" if _is_dark(axis) else "#ffffff")
    left = point[0] > inner
    axis.annotate(
        text, (float(point[0]), float(point[1])), xytext=(-9 if left else 9, 8 if above else -15),
        textcoords="offset points", ha="right" if left else "left", color=_text(axis), zorder=6,
        path_effects=[halo],
    )  # fmt: skip


def _contours(axis: Any, ground: Map, x: tuple[float, float], y: tuple[float, float]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    lowest = ground.lowest if np.isfinite(ground.lowest) else None
    values, levels = _core.field(ground.objective, x, y, NODES, LEVELS, lowest)  # type: ignore[arg-type]
    if len(levels) < 2:
        return
    xs, ys = (np.linspace(*side, NODES) for side in (x, y))
    ends = ("#4a5666", "#14171c") if _is_dark(axis) else ("#fbfcfd", "#aebccb")
    shades = LinearSegmentedColormap.from_list("ravine", ends)(np.linspace(0, 1, len(levels) + 1))
    masked = np.ma.masked_invalid(values)
    axis.contourf(xs, ys, masked, levels=levels, colors=shades, extend="both", zorder=0)
    line = "#ffffff" if _is_dark(axis) else "#5b6b7d"
    axis.contour(
        xs, ys, masked, levels=levels, colors=line, linewidths=0.5,
        linestyles="solid", alpha=0.35, zorder=1,
    )  # fmt: skip


def _look(k: int) -> dict[str, Any]:
    """The k-th look; the first 32 differ."""
    from matplotlib import rcParams

    color = np.array(COLORS[k % len(COLORS)]) / 255
    if _luminance(rcParams["axes.facecolor"]) < 0.5:
        # Dark colours come nearer to white, or they would be lost on black.
        color = color + (1 - color) * max(0.0, 0.55 - _luminance(color))
    dashes = DASHES[(k // len(COLORS)) % len(DASHES)]
    marker, filled = MARKERS[k % len(MARKERS)]
    return {
        "color": tuple(color),
        "linestyle": (0, tuple(length / 2 for length in dashes)) if dashes else "-",
        "linewidth": 1.8,
        "marker": marker,
        "markersize": 5.5,
        "markerfacecolor": tuple(color) if filled else rcParams["axes.facecolor"],
    }


def _luminance(color: Any) -> float:
    from matplotlib.colors import to_rgb

    return float(np.dot(to_rgb(color), (0.299, 0.587, 0.114)))


def _is_dark(axis: Any) -> bool:
    return _luminance(axis.get_facecolor()) < 0.5


def _text(axis: Any) -> str:
    return "#ffffff" if _is_dark(axis) else "#1a1a1a"
