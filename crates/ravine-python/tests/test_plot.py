"""Pictures: what is drawn, in light and in dark styles."""

import builtins
import pickle
import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import ravine
from ravine import _plot

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402

PALETTE = Path(__file__).parents[2] / "ravine-cli" / "src" / "plot" / "palette.rs"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def curves(axis) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        line.get_label(): line.get_data()
        for line in axis.lines
        if not line.get_label().startswith("_")
    }


def painted(figure) -> np.ndarray:
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(float) / 255


def test_the_palette_is_the_commands() -> None:
    text = PALETTE.read_text()
    colors = re.findall(r"\(\((\d+), (\d+), (\d+)\), \d+\)", text)
    assert tuple(tuple(map(int, color)) for color in colors) == _plot.COLORS
    dashes = re.search(r"DASHES: .*? = \[(.*?)\];", text)[1]
    assert tuple(
        tuple(float(length) for length in word.split()) for word in re.findall(r'"(.*?)"', dashes)
    ) == tuple(tuple(map(float, dash)) for dash in _plot.DASHES)
    looks = [_plot._look(k) for k in range(32)]
    pairs = {(look["color"], str(look["linestyle"])) for look in looks}
    assert len(pairs) == 32
    markers = {(look["marker"], look["markerfacecolor"] == look["color"]) for look in looks}
    assert len(markers) == 16


def test_a_race_is_drawn_with_its_numbers() -> None:
    race = ravine.race("rosenbrock", methods="newton,bfgs,gd-linesearch")
    figure = race.plot()
    over, right = figure.axes
    drawn = curves(right)
    assert list(drawn) == ["newton", "bfgs", "gd-linesearch"]
    for entry in race:
        x, y = drawn[entry.label]
        assert len(x) == len(y) == len(entry.history)
        # The last abscissa is the effort; heights are values above the lowest, down to rounding.
        assert x[0] == 1.0 and x[-1] <= entry.evaluations
        high = entry.history.fun - race.lowest
        shown = high > 1e-16
        np.testing.assert_allclose(y[shown], high[shown], rtol=1e-12)
        assert y.min() > 0
    assert right.get_yscale() == "log" and right.get_xscale() == "log"
    assert right.get_xlabel() == "evaluations, at the price of a gradient"
    assert right.get_ylabel() == "value above the lowest"
    # The map: its window is the problem's, with paths, start and minimum.
    assert over.get_xlim() == (-2.0, 2.0) and (over.get_xlabel(), over.get_ylabel()) == ("x", "y")
    words = [text.get_text() for text in over.texts]
    assert words == ["start", "minimum"]
    assert len(over.collections) == 2
    paths = curves(over)
    assert len(over.lines) == len(race) + 2 and not paths
    x, y = over.lines[0].get_data()
    np.testing.assert_array_equal(np.c_[x, y], race[0].history.x)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == list(drawn)


def test_axes_count_what_is_asked_for() -> None:
    race = ravine.race("mgh:14", methods="newton-damped,bfgs")
    for by, label, column in [
        ("iterations", "iterations", 0),
        ("seconds", "time in s", 7),
    ]:
        (axis,) = race.plot(by=by, y="gradient").axes
        assert axis.get_xlabel() == label and axis.get_ylabel() == "|gradient|, maximum norm"
        for entry in race:
            x, y = curves(axis)[entry.label]
            np.testing.assert_array_equal(x, entry.history.moments[:, column])
            np.testing.assert_array_equal(y, entry.history.gradient_norm)
    (axis,) = ravine.race("mgh:14", by="iterations").plot().axes
    assert axis.get_xlabel() == "iterations" and len(curves(axis)) == 8


def test_a_result_is_drawn() -> None:
    result = ravine.minimize("himmelblau", method="bfgs")
    over, value, gradient = result.plot().axes
    assert value.get_ylabel() == "value above the lowest"
    assert gradient.get_ylabel() == "|gradient|, maximum norm"
    x, y = curves(gradient)["bfgs"]
    np.testing.assert_array_equal(x, np.arange(result.nit + 1))
    assert y[-1] == result.gradient_norm
    assert [text.get_text() for text in over.texts] == ["start", "minimum"]
    assert len(over.collections) == 2
    low, high = over.get_xlim()
    assert low < result.history.x[:, 0].min() and high > result.history.x[:, 0].max()
    many = ravine.minimize(lambda x: x @ x, np.ones(5))
    assert len(many.plot(by="evaluations").axes) == 2
    plain = ravine.minimize(lambda x: (x[0] - 1) ** 2 + x[1] ** 4, [3.0, 2.0])
    assert len(plain.plot().axes[0].collections) == 2


def test_what_is_pickled_is_drawn() -> None:
    race = pickle.loads(pickle.dumps(ravine.race("beale", methods="newton,bfgs")))
    assert len(race.plot().axes[0].collections) == 2
    without = ravine.race(lambda x: x @ x + x[0], [1.0, 2.0], methods="bfgs")
    without = pickle.loads(pickle.dumps(without))
    over = without.plot().axes[0]
    # The function is lost: paths without contours.
    assert len(over.collections) == 0 and len(over.lines) == 2
    result = ravine.minimize("beale")
    assert len(pickle.loads(pickle.dumps(result)).plot().axes) == 3


def test_curves_stand_out_in_light_and_dark() -> None:
    race = ravine.race("quadratic:n=20", options={"maxiter": 50})
    for style, bright in [("default", True), ("dark_background", False)]:
        with pyplot.style.context(style):
            figure = race.plot()
            image = painted(figure)
            background = to_rgb(figure.axes[0].get_facecolor())
            assert (_plot._luminance(background) > 0.5) == bright
            for line in figure.axes[0].lines:
                color = to_rgb(line.get_color())
                contrast = abs(_plot._luminance(color) - _plot._luminance(background))
                assert contrast > 0.25, (style, line.get_label())
            # Something of the first curve's colour is on the picture.
            first = to_rgb(figure.axes[0].lines[0].get_color())
            assert (np.abs(image - first).max(axis=-1) < 0.02).sum() > 50
            pyplot.close(figure)


def test_axes_of_the_caller_are_used() -> None:
    race = ravine.race("booth", methods="newton,bfgs")
    figure, pair = pyplot.subplots(1, 2)
    assert race.plot(axes=pair) is figure
    assert pair[1].get_legend() is not None and len(pair[0].collections) == 2
    figure, axis = pyplot.subplots()
    race.plot(axes=axis)
    assert set(curves(axis)) == {"newton", "bfgs"}
    result = ravine.minimize("booth")
    figure, three = pyplot.subplots(3)
    assert result.plot(axes=three) is figure
    with pytest.raises(ValueError, match="axes: are 3, but must be 1 or 2"):
        race.plot(axes=three)


def test_values_that_are_not_finite_leave_gaps() -> None:
    result = ravine.minimize("x - log(x) + y^2 - log(y)", [3.0, 2.0])
    figure = result.plot()
    assert len(figure.axes[0].collections) == 2 and np.isfinite(painted(figure)).all()

    def fun(x):
        if x[0] < 0:
            raise ValueError("below zero")
        return x[0] + 1 / x[0] + x[1] ** 2

    result = ravine.minimize(fun, [0.3, 1.0], jac="2-point")
    assert len(result.plot().axes[0].collections) == 2


def test_a_level_function_has_no_contours() -> None:
    core = ravine.problems.formula("0*x + 0*y + 1", start=[0, 0])._objective
    values, levels = ravine._core.field(core, (0.0, 1.0), (0.0, 1.0), 5, 4, None)
    assert values.shape == (5, 5) and np.all(values == 1) and len(levels) == 0
    with pytest.raises(ValueError, match="window x"):
        ravine._core.field(core, (1.0, 0.0), (0.0, 1.0), 5, 4, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "steps"}, "by: is 'steps', but must be one of 'iterations'"),
        ({"y": "height"}, "y: is 'height', but must be one of 'gap', 'gradient'"),
    ],
)
def test_mistakes_are_named(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        ravine.race("booth", methods="newton").plot(**arguments)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch) -> None:
    plain = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] in ("matplotlib", "pandas"):
            raise ImportError(f"No module named {name!r}")
        return plain(name, *args, **kwargs)

    race = ravine.race("booth", methods="newton")
    result = ravine.minimize("booth")
    monkeypatch.setattr(builtins, "__import__", without)
    for draw in (race.plot, result.plot):
        with pytest.raises(ImportError, match=r"pictures need matplotlib: pip install 'ravine\["):
            draw()
    with pytest.raises(ImportError, match=r"to_pandas needs pandas: pip install 'ravine\[pandas"):
        race.to_pandas()
