"""Tests of trace.py, without PyTorch: python3 tools/test_trace.py

Runs of a few lines of Python are recorded and repeated by `elbow verify`. The program is the one that the environment
variable ELBOW names, or target/debug/elbow; without it, those tests are skipped.
"""

import importlib.util
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Python has a module of that name itself, so this one is loaded from its file.
SPEC = importlib.util.spec_from_file_location("elbow_trace", HERE / "trace.py")
trace = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(trace)
Recorder, NetworkRecorder, TraceError = trace.Recorder, trace.NetworkRecorder, trace.TraceError

ELBOW = Path(os.environ.get("ELBOW", HERE.parent / "target" / "debug" / "elbow"))
SGD = {"kind": "sgd", "lr": 0.05}
MOMENTUM = {"kind": "momentum", "lr": 0.02, "momentum": 0.9}
ADAM = {"kind": "adam", "lr": 0.02, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


class Run:
    """A network trained in plain Python, by formulas written out by hand."""

    def __init__(self, width, optimizer, trains, seed=0, points=30):
        generator = random.Random(seed)
        self.w1 = [generator.uniform(-1, 1) for _ in range(width)]
        self.b1 = [-generator.random() * w for w in self.w1]
        self.w2 = [generator.uniform(-1, 1) for _ in range(width)]
        self.b2 = [generator.uniform(-1, 1)]
        self.optimizer, self.trains = optimizer, trains
        self.x = [generator.random() for _ in range(points)]
        self.y = [math.sin(6 * x) for x in self.x]
        self.generator = generator
        self.first = [[0.0] * len(row) for row in self.parameters()]
        self.second = [[0.0] * len(row) for row in self.parameters()]
        self.steps = 0

    def parameters(self):
        return [self.w1, self.b1, self.w2, self.b2]

    def hidden(self, x):
        return [max(w * x + b, 0.0) for w, b in zip(self.w1, self.b1)]

    def mse(self, indices):
        residuals = [self.predict(self.x[i]) - self.y[i] for i in indices]
        return sum(r * r for r in residuals) / len(residuals)

    def predict(self, x):
        return sum(w * h for w, h in zip(self.w2, self.hidden(x))) + self.b2[0]

    def step(self, indices):
        gradient = [[0.0] * len(row) for row in self.parameters()]
        for x, y in ((self.x[i], self.y[i]) for i in indices):
            r = 2 * (self.predict(x) - y) / len(indices)
            for k, h in enumerate(self.hidden(x)):
                gradient[2][k] += r * h
                if h > 0:
                    gradient[0][k] += r * self.w2[k] * x
                    gradient[1][k] += r * self.w2[k]
            gradient[3][0] += r
        self.steps += 1
        rule = self.optimizer
        rows = zip(self.parameters(), gradient, self.first, self.second)
        for values, gradients, m, v in list(rows)[0 if self.trains == "all" else 2:]:
            for k, g in enumerate(gradients):
                if rule["kind"] == "adam":
                    m[k] = rule["beta1"] * m[k] + (1 - rule["beta1"]) * g
                    v[k] = rule["beta2"] * v[k] + (1 - rule["beta2"]) * g * g
                    mean = m[k] / (1 - rule["beta1"] ** self.steps)
                    square = v[k] / (1 - rule["beta2"] ** self.steps)
                    update = mean / (math.sqrt(square) + rule["eps"])
                else:
                    update = m[k] = rule.get("momentum", 0) * m[k] + g
                values[k] -= rule["lr"] * update

    def minibatch(self, size):
        return [self.generator.randrange(len(self.x)) for _ in range(size)]

    def record(self, recorder, sizes):
        for size in sizes:
            indices = self.minibatch(size)
            loss = self.mse(indices)
            self.step(indices)
            recorder.step(indices, loss, self.mse(range(len(self.x))))


@unittest.skipUnless(ELBOW.exists(), f"{ELBOW} is not built")
class Repeated(unittest.TestCase):
    """What is recorded, `elbow verify` repeats."""

    def verify(self, recorder, *arguments):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "run.json"
            recorder.save(path)
            command = [str(ELBOW), "verify", str(path), *arguments]
            return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    def test_every_optimizer_and_both_ways_to_train(self):
        for optimizer in (SGD, MOMENTUM, ADAM):
            for trains in ("all", "output"):
                for width in (1, 3, 10, 17):
                    with self.subTest(optimizer=optimizer, trains=trains, width=width):
                        run = Run(width, optimizer, trains)
                        recorder = Recorder(run.parameters, optimizer, run.x, run.y, trains=trains)
                        run.record(recorder, [7] * 107)
                        ended = self.verify(recorder)
                        self.assertEqual((ended.returncode, ended.stderr), (0, ""), ended.stdout)
                        lines = [line.split()[1] for line in ended.stdout.splitlines() if line.endswith(" ok")]
                        self.assertEqual(lines, ["0", "1", "2", "5", "10", "20", "50", "100", "107"])

    def test_minibatches_of_different_sizes(self):
        run = Run(5, ADAM, "all", points=103)
        recorder = Recorder(run.parameters(), ADAM, run.x, run.y, trains="all")
        run.record(recorder, [20, 20, 20, 20, 20, 3] * 10 + [1, 100])
        ended = self.verify(recorder)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""), ended.stdout)

    def test_single_precision(self):
        run = Run(5, SGD, "all")
        recorder = Recorder(run.parameters(), SGD, run.x, run.y, trains="all", precision="f32", states=[50])
        run.record(recorder, [10] * 60)
        ended = self.verify(recorder)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""), ended.stdout)
        self.assertIn(", f32, ", ended.stdout)

    def test_another_run_deviates(self):
        run = Run(5, SGD, "all")
        recorder = Recorder(run.parameters(), {**SGD, "lr": 0.06}, run.x, run.y, trains="all")
        run.record(recorder, [10] * 10)
        ended = self.verify(recorder)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("DEVIATES", ended.stdout)


class Tensor:
    """As much of a tensor as trace.py may use."""

    def __init__(self, values, dtype="torch.float64", requires_grad=True):
        self.values, self.dtype, self.requires_grad = values, dtype, requires_grad

    def detach(self):
        return Array(self.values)


class Array:
    """As much of an array as trace.py may use."""

    def __init__(self, values):
        self.values = values

    def tolist(self):
        return self.values


class Optimizer:
    """As much of an optimizer of PyTorch as trace.py may use."""

    def __init__(self, params, **options):
        self.param_groups = [{"params": list(params), "weight_decay": 0, "maximize": False, **options}]


class Adam(Optimizer):
    pass


class RMSprop(Optimizer):
    pass


def parameters(dtype="torch.float64"):
    rows = [[[0.1], [0.2]], [0.3, 0.4], [[0.5, 0.6]], [0.7]]
    return [Tensor(row, dtype) for row in rows]


def sgd(params, **options):
    found = type("SGD", (Optimizer,), {})(params, **{"lr": 0.1, "momentum": 0, **options})
    return found


class Taken(unittest.TestCase):
    """What is taken from a program that uses PyTorch."""

    def recorder(self, params, optimizer, **options):
        return Recorder(params, optimizer, Tensor([[0.0], [1.0]]), Array([1.0, 2.0]), **options)

    def test_tensors(self):
        params = parameters()
        optimizer = Adam(params, lr=0.01, betas=(0.9, 0.99), eps=1e-7)
        recorder = self.recorder(iter(params), optimizer)
        params[3].values = [0.75]
        recorder.step(Tensor([1, 0, 1]), Tensor(0.25))
        found = recorder.trace()
        initial = {"W1": [0.1, 0.2], "b1": [0.3, 0.4], "W2": [0.5, 0.6], "b2": [0.7]}
        self.assertEqual(found, {
            "format": "elbow-trace-1",
            "made_with": "tools/trace.py",
            "precision": "f64",
            "data": {"x": [0.0, 1.0], "y": [1.0, 2.0]},
            "width": 2,
            "trains": "all",
            "optimizer": {"kind": "adam", "lr": 0.01, "beta1": 0.9, "beta2": 0.99, "eps": 1e-7},
            "minibatches": {"indices": [[1, 0, 1]]},
            "initial": initial,
            "states": [{"step": 0, **initial}, {"step": 1, "minibatch_mse": 0.25, **initial, "b2": [0.75]}],
        })
        self.assertEqual(json.loads(json.dumps(found)), found)

    def test_optimizers(self):
        params = parameters()
        cases = [
            (sgd(params), {"kind": "sgd", "lr": 0.1}),
            (sgd(params, lr=0.3, momentum=0.5), {"kind": "momentum", "lr": 0.3, "momentum": 0.5}),
            (dict(SGD), SGD),
        ]
        for optimizer, expected in cases:
            self.assertEqual(trace.optimizer_settings(optimizer), expected)

    def test_output_layer_alone(self):
        params = parameters()
        self.assertEqual(self.recorder(params, sgd(params[2:])).trace()["trains"], "output")
        params[0].requires_grad = params[1].requires_grad = False
        self.assertEqual(self.recorder(params, sgd(params)).trace()["trains"], "output")

    def test_precision(self):
        params = parameters("torch.float32")
        self.assertEqual(self.recorder(params, sgd(params)).trace()["precision"], "f32")

    def test_states(self):
        params = parameters()
        for states, expected in [(None, [0, 1, 2, 5, 8]), ([3, 4], [3, 4]), (range(0, 9, 4), [0, 4, 8])]:
            recorder = self.recorder(params, sgd(params), states=states)
            for _ in range(8):
                recorder.step([0])
            self.assertEqual([state["step"] for state in recorder.trace()["states"]], expected)

    def test_what_a_trace_cannot_say_is_refused(self):
        params = parameters()
        cases = [
            (lambda: self.recorder(params, RMSprop(params, lr=0.1)), "the optimizer is RMSprop"),
            (lambda: self.recorder(params, sgd(params, nesterov=True, momentum=0.9)), "nesterov=True"),
            (lambda: self.recorder(params, sgd(params, weight_decay=0.1)), "weight_decay=0.1"),
            (lambda: self.recorder(params, sgd(params[:2])), "those of the output layer"),
            (lambda: self.recorder(params, sgd([*params, Tensor([1.0])])), "do not belong to the network"),
            (lambda: self.recorder(params, SGD), "say what is trained"),
            (lambda: self.recorder(params[:2], SGD, trains="all"), "has 2 parameters"),
            (lambda: self.recorder([[1.0], [1.0], [1.0, 2.0], [1.0]], SGD, trains="all"), "[1, 1, 2, 1] numbers"),
            (lambda: self.recorder(parameters("torch.float16"), SGD, trains="all"), "must all be float32"),
            (lambda: self.recorder(params, SGD, trains="all", x_test=[1.0]), "go together"),
            (lambda: Recorder(params, SGD, ["a"], [1.0], trains="all"), "'a' is not a number"),
            (lambda: Recorder(params, SGD, [1.0], [1.0, 2.0], trains="all"), "x has 1 numbers and y has 2"),
        ]
        for make, message in cases:
            with self.subTest(message), self.assertRaises(TraceError) as caught:
                make()
            self.assertIn(message, str(caught.exception))

    def test_steps_that_cannot_be_repeated_are_refused(self):
        params = parameters()
        optimizer = sgd(params)
        recorder = self.recorder(params, optimizer)
        for indices, message in [([2], "index 2 of a minibatch is not from 0 to 1"), ([-1], "index -1"), ([], "empty")]:
            with self.assertRaises(TraceError) as caught:
                recorder.step(indices)
            self.assertIn(message, str(caught.exception))
        recorder.step([0])
        optimizer.param_groups[0]["lr"] = 0.2
        with self.assertRaises(TraceError) as caught:
            recorder.step([0])
        self.assertIn("changed before step 2", str(caught.exception))

    def test_masks_slices_and_columns_are_taken_for_what_they_index(self):
        cases = [
            (Tensor([False, True, True, False], "torch.bool"), [1, 2]),
            (Tensor([[True], [False], [False], [True]], "torch.bool"), [0, 3]),
            ([True, True, False, False], [0, 1]),
            (slice(1, None, 2), [1, 3]),
            (slice(-1, None), [3]),
            (range(2), [0, 1]),
            (Array([[3], [3], [0]]), [3, 3, 0]),
            ([Array(2), 1], [2, 1]),
            (2, [2]),
        ]
        for given, expected in cases:
            recorder = Recorder(parameters(), SGD, range(4), range(4), trains="all")
            recorder.step(given)
            self.assertEqual(recorder.trace()["minibatches"], {"indices": [expected]})

    def test_what_is_no_index_is_refused(self):
        samples = Tensor([[0.0], [1.0]])
        cases = [
            (samples, "0.0 is not an index; step takes the places of the minibatch's samples"),
            ((samples, samples), "is not an index"),
            ([0, 1.5], "1.5 is not an index"),
            ([True, 0], "True is not an index"),
            ([[0, 1], [1, 0]], "[0, 1] is not an index"),
            (["0"], "0 is not an index"),
            (Tensor([True, False, True], "torch.bool"), "the mask of a minibatch has 3 entries, and there are 4 samples"),
            (Tensor([0, 1, 1, 0], "torch.uint8"), "which PyTorch takes for a mask"),
            (Tensor([False] * 4, "torch.bool"), "a minibatch is empty"),
        ]
        for given, message in cases:
            recorder = Recorder(parameters(), SGD, range(4), range(4), trains="all")
            with self.subTest(message), self.assertRaises(TraceError) as caught:
                recorder.step(given)
            self.assertIn(message, str(caught.exception))

    def test_a_run_that_diverges_is_refused_and_nothing_written(self):
        params = parameters()
        recorder = self.recorder(params, sgd(params))
        params[0].values = [[float("nan")], [0.0]]
        recorder.step([0])
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "run.json"
            with self.assertRaises(TraceError) as caught:
                recorder.save(path)
            self.assertFalse(path.exists())
        self.assertIn("states[1].W1[0] is nan", str(caught.exception))


class Linear:
    """As much of torch.nn.Linear as trace.py may use."""

    def __init__(self, weight, bias):
        self.weight, self.bias = Tensor(weight), Tensor(bias)
        self.in_features, self.out_features = len(weight[0]), len(weight)


class Tanh:
    pass


class Dropout:
    pass


class Networks(unittest.TestCase):
    """2 inputs, 2 units of tanh, the log odds of two classes: trained by formulas written out by hand."""

    X = [[0.5, -1.0], [1.0, 0.25], [-0.5, 2.0], [-1.0, -1.0]]
    CLASSES = [0, 1, 1, 0]

    def setUp(self):
        self.first = Linear([[0.5, -0.25], [1.0, 0.75]], [0.0, 0.125])
        self.last = Linear([[1.0, -0.5]], [0.5])
        self.net = [self.first, Tanh(), self.last]
        self.params = [self.first.weight, self.first.bias, self.last.weight, self.last.bias]

    def recorder(self, optimizer=None, loss="logistic", **options):
        optimizer = optimizer or sgd(self.params, nesterov=True, momentum=0.5, weight_decay=0.01)
        return NetworkRecorder(self.net, optimizer, loss, self.X, **{"classes": self.CLASSES, **options})

    def odds(self, x):
        h = [math.tanh(sum(w * x for w, x in zip(row, x)) + b)
             for row, b in zip(self.first.weight.values, self.first.bias.values)]
        return h, sum(w * h for w, h in zip(self.last.weight.values[0], h)) + self.last.bias.values[0]

    def loss(self, indices):
        terms = [math.log1p(math.exp(self.odds(self.X[i])[1])) - self.CLASSES[i] * self.odds(self.X[i])[1] for i in indices]
        return sum(terms) / len(terms)

    def train(self, recorder, steps):
        velocity = [[0.0] * 4, [0.0] * 2, [0.0] * 2, [0.0]]
        for step in range(steps):
            indices = [step % 4, (step * step + 1) % 4]
            loss, gradient = self.loss(indices), [[0.0] * len(row) for row in velocity]
            for i in indices:
                h, z = self.odds(self.X[i])
                r = (1 / (1 + math.exp(-z)) - self.CLASSES[i]) / len(indices)
                gradient[3][0] += r
                for k in range(2):
                    gradient[2][k] += r * h[k]
                    s = r * self.last.weight.values[0][k] * (1 - h[k] ** 2)
                    gradient[1][k] += s
                    for n in range(2):
                        gradient[0][2 * k + n] += s * self.X[i][n]
            places = [[(row, n) for row in self.first.weight.values for n in range(2)],
                      [(self.first.bias.values, k) for k in range(2)],
                      [(self.last.weight.values[0], k) for k in range(2)], [(self.last.bias.values, 0)]]
            for group, g, v in zip(places, gradient, velocity):
                for k, (row, n) in enumerate(group):
                    slope = g[k] + 0.01 * row[n]
                    v[k] = 0.5 * v[k] + slope
                    row[n] -= 0.1 * (slope + 0.5 * v[k])
            recorder.step(indices, loss, self.loss(range(4)))

    @unittest.skipUnless(ELBOW.exists(), f"{ELBOW} is not built")
    def test_a_network_of_any_shape_is_repeated(self):
        recorder = self.recorder()
        self.train(recorder, 30)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.json")
            recorder.save(path)
            ended = subprocess.run([ELBOW, "verify", path], capture_output=True, encoding="utf-8", check=False)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""), ended.stdout)
        self.assertIn("2 \u2192 2 tanh \u2192 1, all layers, SGD with Nesterov momentum 0.5", ended.stdout)

    def test_frozen_layers_and_states(self):
        recorder = self.recorder(Adam(self.params[2:], lr=0.01, betas=(0.9, 0.99), eps=1e-7), states=[2])
        for _ in range(3):
            recorder.step([0])
        found = recorder.trace()
        self.assertEqual((found["frozen"], [state["step"] for state in found["states"]]), (1, [2]))
        self.assertEqual(found["architecture"]["layers"][0], {"units": 2, "activation": "tanh"})

    def test_what_a_trace_cannot_say_is_refused(self):
        cases = [
            (lambda: self.recorder(loss="mse"), "the loss is 'mse'"),
            (lambda: self.recorder(classes=[0, 0.5, 1, 0]), "classes has 0.5; classes are whole numbers"),
            (lambda: self.recorder(classes=[0, 1]), "differ in length"),
            (lambda: self.recorder(y=[[1.0]] * 4), "give y, or classes"),
            (lambda: self.recorder(sgd(self.params[:2])), "all parameters of all layers from one on"),
            (lambda: self.recorder(sgd(self.params + [Tensor([1.0])])), "do not belong to the network"),
            (lambda: self.recorder(RMSprop(self.params, lr=0.1)), "the optimizer is RMSprop"),
            (lambda: self.recorder().step([4]), "is not from 0 to 3"),
        ]
        for case, message in cases:
            with self.assertRaises(TraceError) as caught:
                case()
            self.assertIn(message, str(caught.exception))
        self.net.insert(1, Dropout())
        with self.assertRaisesRegex(TraceError, "Dropout is in no place of a trace"):
            self.recorder()


class CommandLine(unittest.TestCase):
    def test_help(self):
        command = [sys.executable, str(HERE / "trace.py"), "demo", "--help"]
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertIn("FILE.json", ended.stdout)

    @unittest.skipIf(importlib.util.find_spec("torch"), "PyTorch is installed")
    def test_without_pytorch_the_demonstration_says_so(self):
        command = [sys.executable, str(HERE / "trace.py"), "demo", "never-written.json"]
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("pip install torch", ended.stderr)


if __name__ == "__main__":
    unittest.main()
