"""Networks: training, files, curvature, against NumPy."""

import json
import pathlib
import struct
from typing import Any

import numpy as np
import pytest
from beside import interrupted
from numpy.typing import NDArray

import ravine
from ravine import linalg, nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
LABELS = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")


def data(dtype: Any = np.float64) -> nn.Data:
    return nn.classification(X.astype(dtype), LABELS)


def small() -> nn.Model:
    return nn.mlp(3, [4], 2, units="tanh")


def forward(p: dict[str, NDArray[Any]], x: NDArray[Any]) -> NDArray[Any]:
    h = np.tanh(x @ p["layer1.weight"].T + p["layer1.bias"])
    return h @ p["layer2.weight"].T + p["layer2.bias"]


def softmax(z: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def jacobian(net: nn.Model, p: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """Of the outputs in the parameters, by central differences: cases, outputs, parameters."""
    v = net.join(p)
    columns = []
    for k in range(v.size):
        e = np.zeros_like(v)
        e[k] = 1e-6
        up, down = (forward(net.split(v + s * e), X) for s in (1, -1))
        columns.append((up - down) / 2e-6)
    return np.stack(columns, axis=-1)


def test_losses_and_gradients_are_those_of_numpy() -> None:
    net = small()
    p = net.start("lecun", seed=3)
    z = forward(p, X)
    assert np.allclose(net(p, X), z, atol=1e-14)
    codes = (LABELS == "same").astype(int)
    expected = -np.log(softmax(z)[np.arange(60), codes]).mean()
    penalty = 0.05 * (net.join(p) ** 2).sum()
    assert nn.loss(net, data(), p) == pytest.approx(expected, rel=1e-13)
    assert nn.loss(net, data(), p, l2=0.1) == pytest.approx(expected + penalty, rel=1e-13)
    slope = net.join(nn.gradient(net, data(), p, l2=0.1))
    for k in range(net.dimension):
        e = np.zeros(net.dimension)
        e[k] = 1e-6
        ends = [nn.loss(net, data(), net.split(net.join(p) + s * e), l2=0.1) for s in (1, -1)]
        assert slope[k] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-8)


def test_curvatures_are_those_of_the_formulas() -> None:
    net = small()
    p = net.start("lecun", seed=3)
    n = net.dimension
    J = jacobian(net, p)
    probabilities = softmax(forward(p, X))
    middle = np.eye(2) * probabilities[:, :, None] - np.einsum(
        "ni,nj->nij", probabilities, probabilities
    )
    fisher = np.einsum("nip,nij,njq->pq", J, middle, J) / 60

    def dense(kind: Any, **settings: Any) -> NDArray[Any]:
        return nn.curvature(net, data(), p, kind, **settings) @ np.eye(n)

    assert np.allclose(dense("fisher"), fisher, atol=1e-8)
    assert np.allclose(dense("gauss-newton", l2=0.3), fisher + 0.3 * np.eye(n), atol=1e-8)
    residual = probabilities - np.eye(2)[(LABELS == "same").astype(int)]
    g = np.einsum("nip,ni->np", J, residual)
    assert np.allclose(dense("empirical-fisher"), g.T @ g / 60, atol=1e-8)
    # The Hessian, by differences of gradients.
    v, columns = net.join(p), []
    for k in range(n):
        e = np.zeros(n)
        e[k] = 1e-5
        ends = [net.join(nn.gradient(net, data(), net.split(v + s * e))) for s in (1, -1)]
        columns.append((ends[0] - ends[1]) / 2e-5)
    assert np.allclose(dense("hessian"), np.array(columns), atol=1e-8)
    # Sampled targets give the Fisher information on average, and differ with the seed.
    drawn = [dense("sampled-fisher", seed=seed) for seed in range(400)]
    spread = np.sqrt(np.mean([np.sum((d - fisher) ** 2) for d in drawn]))
    assert np.linalg.norm(np.mean(drawn, axis=0) - fisher) < 2 * spread / 20
    assert not np.array_equal(drawn[0], drawn[1])
    assert np.array_equal(drawn[0], dense("sampled-fisher", seed=0))


def test_the_tools_of_the_package_take_curvatures() -> None:
    net = small()
    p = net.start("lecun", seed=3)
    H = nn.curvature(net, data(), p)
    exact = np.linalg.eigvalsh(H @ np.eye(net.dimension))
    found = linalg.eigsh(H, 2)
    assert np.allclose(found.values, exact[-2:], atol=1e-9)
    vector = net.split(found.vectors[:, -1])
    assert vector["layer1.weight"].shape == (4, 3)
    assert linalg.trace(H, products=200).value == pytest.approx(exact.sum(), abs=1e-8)
    F = nn.curvature(net, data(), p, "gauss-newton", l2=0.1)
    b = net.join(nn.gradient(net, data(), p))
    solved = linalg.cg(F, b)
    assert solved.converged and np.allclose(F @ solved.x, b, atol=1e-6)


def test_settings_and_schedules_are_those_of_the_command() -> None:
    trained = nn.train(small(), data(), "kfac:damping=0.01", step=0.3, epochs=2, schedule="cosine")
    assert trained.optimizer == "kfac:damping=0.01,step=0.3"
    plain = nn.train(small(), data(), "kfac:damping=0.01,step=0.3", epochs=2)
    assert trained.history.loss[-1] != plain.history.loss[-1]
    with pytest.raises(ValueError, match="has no setting `dampin`"):
        nn.train(small(), data(), "kfac:dampin=0.01")
    with pytest.raises(ValueError, match="schedule"):
        nn.train(small(), data(), schedule="cosinus")


@pytest.mark.parametrize("name", nn.optimizers())
def test_every_optimizer_trains_and_goes_on(name: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "net.safetensors"
    settings: dict[str, Any] = {"batch_size": 10, "seed": 2, "held_out": data()[:20]}
    whole = nn.train(small(), data(), name, epochs=4, **settings)
    assert whole.history.loss[-1] < whole.history.loss[0]
    assert whole.status == "epoch_limit" and list(whole.history.epoch) == [0, 1, 2, 3, 4]
    assert whole.history.held_out_accuracy[-1] == pytest.approx(
        (whole.predict(X[:20]) == LABELS[:20]).mean()
    )
    nn.train(small(), data(), name, epochs=2, checkpoint=file, **settings)
    # The optimizer is that of the file.
    on = nn.train(small(), data(), epochs=4, resume=file, **settings)
    assert on.optimizer == name
    for block, entries in whole.parameters.items():
        assert np.array_equal(on.parameters[block], entries)
    untimed = [0, 1, 3, 4, 5, 6]
    assert np.array_equal(on.history.rows[:, untimed], whole.history.rows[:, untimed])


def test_precision_is_that_of_the_data() -> None:
    single = nn.train(small(), data(np.float32), "sgd", epochs=1)
    double = nn.train(small(), data(), "sgd", epochs=1)
    assert {block.dtype for block in single.parameters.values()} == {np.dtype(np.float32)}
    assert {block.dtype for block in double.parameters.values()} == {np.dtype(np.float64)}
    a, b = (trained.model.join(trained.parameters) for trained in (single, double))
    assert 0 < np.abs(a - b).max() < 1e-5


def test_parameters_go_out_and_in() -> None:
    first = nn.train(small(), data(), "adamw", epochs=3)
    again = nn.train(small(), data(), "adamw", epochs=0, start=first.parameters)
    assert again.history.loss[0] == pytest.approx(first.history.loss[-1], rel=1e-12)
    assert np.array_equal(again.parameters["layer1.weight"], first.parameters["layer1.weight"])


def test_other_losses() -> None:
    x = np.linspace(-2, 2, 50)[:, None]
    line = nn.train(nn.mlp(1, [], 1), nn.regression(x, 3 * x[:, 0] + 1), "kfac-adaptive", epochs=50)
    assert line.parameters["layer1.weight"][0, 0] == pytest.approx(3, abs=1e-2)
    assert line.predict([[1.0]]) == pytest.approx([4.0], abs=2e-2)
    rates = nn.counts(x, np.exp(0.5 * x[:, 0] + 1).round())
    fitted = nn.train(nn.mlp(1, [], 1), rates, "adamw", step=0.05, epochs=100, batch_size=10)
    assert fitted.predict([[0.0]]) == pytest.approx([np.e], rel=0.1)
    noisy = nn.regression(x, x[:, 0], variance=None)
    assert nn.train(nn.mlp(1, [], 2), noisy, "adamw", epochs=2).predict(x).shape == (50,)
    images = nn.autoencoding(np.random.default_rng(1).uniform(size=(20, 6)))
    coded = nn.train(nn.autoencoder(6, [4, 2]), images, "soap", epochs=3)
    shown = coded.predict(images.X)
    assert shown.shape == (20, 6) and 0 < shown.min() and shown.max() < 1
    pixels = np.random.default_rng(1).uniform(size=(12, 8, 8))
    classes = nn.classification(pixels, np.arange(12) % 3)
    conv = nn.train(nn.convolutional((8, 8, 1), (2, 2), 3), classes, "muon", epochs=2)
    assert set(conv.predict(pixels)) <= {0, 1, 2}
    tokens = np.arange(40).reshape(5, 8) % 4
    text = nn.sequences(tokens, (tokens + 1) % 4)
    net = nn.transformer(8, 4, width=8, depth=1, heads=2)
    read = nn.train(net, text, "adamw", step=0.01, epochs=80, batch_size=5)
    assert (read.predict(tokens) == (tokens + 1) % 4).mean() > 0.9


def test_files_are_read_back_and_by_other_tools(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "net.safetensors"
    trained = nn.train(small(), data(np.float32), "soap", step=0.01, epochs=2, checkpoint=file)
    again = nn.load(file)
    assert (again.model.words, again.model.units, again.optimizer) == (
        "mlp:4",
        "tanh",
        "soap:step=0.01",
    )
    for block, entries in trained.parameters.items():
        assert np.array_equal(again.parameters[block], entries)
        assert again.parameters[block].dtype == np.float32
    assert np.array_equal(again.history.rows, trained.history.rows, equal_nan=True)
    # The format is eight bytes, JSON, and numbers.
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    entry = json.loads(content[8 : 8 + length])["layer1.weight"]
    begin, end = entry["data_offsets"]
    weights = np.frombuffer(content[8 + length + begin : 8 + length + end], np.float32)
    assert entry["shape"] == [4, 3]
    assert np.array_equal(weights.reshape(4, 3), trained.parameters["layer1.weight"])

    file.write_bytes(content[:-3])
    with pytest.raises(ValueError, match="file: .*is not whole"):
        nn.load(file)
    with pytest.raises(ValueError, match="resume: .*is not whole"):
        nn.train(small(), data(np.float32), resume=file)
    with pytest.raises(FileNotFoundError, match="file: .*missing"):
        nn.load(tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match="checkpoint: "):
        nn.train(small(), data(), checkpoint=tmp_path / "no" / "net")


def test_callbacks_see_the_history_and_stop() -> None:
    seen: list[int] = []

    def callback(history: nn.TrainingHistory) -> bool:
        seen.append(len(history))
        return len(history) == 3

    trained = nn.train(small(), data(), "sgd", callback=callback)
    assert seen == [1, 2, 3] and trained.status == "stopped" and len(trained.history) == 3

    def fails(history: nn.TrainingHistory) -> None:
        raise ZeroDivisionError("here")

    with pytest.raises(ZeroDivisionError, match="here"):
        nn.train(small(), data(), "sgd", callback=fails)

    def stops(history: nn.TrainingHistory) -> None:
        raise StopIteration

    assert len(nn.train(small(), data(), "sgd", callback=stops).history) == 1
    patient = nn.train(
        small(), data(), "sgd", step=5.0, epochs=500, held_out=data()[:9], patience=3
    )
    assert len(patient.history) < 500 and patient.status == "stopped"
    best = patient.history.held_out_loss[1:].min()
    assert nn.loss(small(), data()[:9], patient.parameters) == pytest.approx(best, rel=1e-12)


def test_an_interrupt_keeps_the_last_state(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "net.safetensors"
    interrupted(
        lambda: nn.train(small(), data(), "soap", epochs=10**7, checkpoint=file, batch_size=9)
    )
    made = nn.load(file).history.epoch[-1]
    whole = nn.train(small(), data(), "soap", epochs=int(made) + 2, batch_size=9)
    on = nn.train(small(), data(), epochs=int(made) + 2, batch_size=9, resume=file)
    assert np.array_equal(on.parameters["layer2.bias"], whole.parameters["layer2.bias"])


def test_histories_are_drawn() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    trained = nn.train(small(), data(), "adamw", epochs=2, held_out=data()[:9])
    ax = trained.history.plot()
    assert [line.get_label() for line in ax.get_lines()] == ["loss", "loss, held out"]
    assert trained.history.plot(ax, label="again") is ax and len(ax.get_lines()) == 4


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: nn.mlp(3, [0], 2), ValueError, "hidden: is 0"),
        (lambda: nn.mlp(3, [4], 2, units="swish"), ValueError, "units: is 'swish'"),
        (lambda: nn.model("mpl:4", 3, 2), ValueError, "model: is `mpl:4`"),
        (lambda: nn.convolutional((3, 3), (2, 2), 2), ValueError, "model: .*no images"),
        (lambda: nn.transformer(4, 5, width=6, depth=1, heads=4), ValueError, "heads"),
        (lambda: nn.classification(X, LABELS[:5]), ValueError, "y: has shape"),
        (lambda: nn.classification(X, LABELS, classes=["same"]), ValueError, "y: has 'other'"),
        (lambda: nn.classification(X * np.nan, LABELS), ValueError, "X: must be finite"),
        (lambda: nn.regression(X, X[:5]), ValueError, "y: has shape"),
        (lambda: nn.regression(X, X, variance=0.0), ValueError, "variance: is 0"),
        (lambda: nn.counts(X, X), ValueError, "y: has -"),
        (lambda: nn.autoencoding(X), ValueError, "X: is in"),
        (lambda: data().split(1.0), ValueError, "share: is 1"),
        (lambda: nn.train(small(), X), TypeError, "data: is of type ndarray"),
        (lambda: nn.train(X, data()), TypeError, "model: is of type ndarray"),
        (lambda: nn.train(small(), data(), "kfca"), ValueError, "optimizer: is `kfca`"),
        (lambda: nn.train(small(), data(), step=-1.0), ValueError, "step: is -1"),
        (lambda: nn.train(small(), data(), l2=-1.0), ValueError, "l2: is -1"),
        (lambda: nn.train(small(), data(), batch_size=0), ValueError, "batch_size: is 0"),
        (lambda: nn.train(small(), data(), epochs=-1), ValueError, "epochs: is -1"),
        (lambda: nn.train(small(), data(), patience=2), ValueError, "patience: needs held_out"),
        (lambda: nn.train(small(), data(), every=2), ValueError, "every: needs checkpoint"),
        (lambda: nn.train(small(), data(), initialization="x"), ValueError, "initialization: "),
        (lambda: nn.train(nn.mlp(4, [], 2), data()), ValueError, "data: has shape"),
        (lambda: nn.train(nn.mlp(3, [], 1), data()), ValueError, "model: .*two classes"),
        (lambda: small().split([1.0]), ValueError, "vector: has shape"),
        (lambda: small().join({"a": X}), ValueError, "parameters: 'a' must be one of"),
        (lambda: small().join({}), ValueError, "'layer1.weight' of shape .* is missing"),
        (lambda: small()(small().start(), X[:, :2]), ValueError, "X: has shape"),
        (
            lambda: nn.curvature(small(), data(), small().start(), "hesian"),  # type: ignore
            ValueError,
            "kind: ",
        ),
        (
            lambda: nn.curvature(
                nn.mlp(3, [], 2),
                nn.regression(X, X[:, 0], variance=None),
                nn.mlp(3, [], 2).start(),
                "gauss-newton",
            ),
            ValueError,
            "kind: .*Fisher",
        ),
    ],
)
def test_errors_name_the_argument(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_checkpoints_of_other_trainings_are_refused(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "net.safetensors"
    nn.train(small(), data(), "sgd", epochs=1, checkpoint=file)
    for call, words in [
        (lambda: nn.train(small(), data(), "adamw", resume=file), "the method"),
        (lambda: nn.train(small(), data(), seed=5, resume=file), "seed 0"),
        (lambda: nn.train(small(), data()[:30], resume=file), "other cases"),
        (lambda: nn.train(nn.mlp(3, [5], 2), data(), resume=file), "another network"),
        (lambda: nn.train(small(), data(np.float32), resume=file), "bits 64, not 32"),
    ]:
        with pytest.raises(ValueError, match=f"resume: .*{words}"):
            call()


def test_the_module_is_part_of_the_package() -> None:
    assert ravine.nn is nn and set(nn.units()) >= {"relu", "tanh"}
    assert "he" in nn.initializations() and len(nn.optimizers()) >= 10
