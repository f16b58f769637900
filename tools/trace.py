#!/usr/bin/env python3
"""Records a training run of your own, so that `elbow verify` can repeat it and compare.

The run is that of any torch.nn.Sequential of Linear layers and ReLU, LeakyReLU, Tanh, Sigmoid or GELU, trained on the mean
squared error, BCEWithLogitsLoss or CrossEntropyLoss of minibatches by SGD (with or without momentum, Nesterov and weight
decay), Adam or AdamW:

    from trace import NetworkRecorder

    net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).double()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
    recorder = NetworkRecorder(net, optimizer, "logistic", x, classes=classes)
    for step in range(1000):
        indices = torch.randint(len(x), (20,))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x[indices]), classes[indices].reshape(-1, 1).double())
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        recorder.step(indices, loss)
    recorder.save("run.json")

A network with one hidden layer of ReLUs, scalar in and out, trained on the mean squared error by plain SGD, SGD with
momentum, or Adam, may be given by its parameters, whatever they are made with:

    from trace import Recorder

    net = torch.nn.Sequential(torch.nn.Linear(1, 10), torch.nn.ReLU(), torch.nn.Linear(10, 1)).double()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    recorder = Recorder(net.parameters(), optimizer, x, y, x_test, y_test)
    for step in range(1000):
        indices = torch.randint(len(x), (40,))
        loss = ((net(x[indices]) - y[indices]) ** 2).mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        recorder.step(indices, loss)
    recorder.save("run.json")

and then `elbow verify run.json`. Nothing here imports PyTorch, except the demonstration
`python3 tools/trace.py demo run.json`: tensors, arrays, lists and numbers are all taken as they come.
"""

import argparse
import json
import math
import operator

FORMAT = "elbow-trace-1"
FORMAT2 = "elbow-trace-2"


class TraceError(ValueError):
    """The run cannot be written as a trace; the message says why, and what to do."""


def plain(values):
    """A tensor or an array as nested lists or a number; anything else as it is."""
    if hasattr(values, "detach"):
        values = values.detach()
    return values.tolist() if hasattr(values, "tolist") else values


def numbers(values):
    """All numbers of a tensor, an array, nested lists or a single number, in order, as a flat list of floats."""
    values = plain(values)
    if isinstance(values, (list, tuple, range)):
        return [number for value in values for number in numbers(value)]
    try:
        return [float(values)]
    except (TypeError, ValueError):
        raise TraceError(f"{values!r:.60} is not a number") from None


def places(indices, count):
    """The places that indices stand for among count samples, as a list: whole numbers, a mask that is true where a sample
    belongs to the minibatch, or a slice."""
    if isinstance(indices, slice):
        return list(range(count))[indices]
    if str(getattr(indices, "dtype", "")) == "torch.uint8":
        raise TraceError("the indices of a minibatch are bytes, which PyTorch takes for a mask; give .bool() or .long()")
    indices = plain(indices)
    indices = [plain(index) for index in indices] if isinstance(indices, (list, tuple, range)) else [indices]
    # A column, as x and y often are.
    if indices and all(isinstance(row, (list, tuple)) and len(row) == 1 for row in indices):
        indices = [row[0] for row in indices]
    if indices and all(isinstance(index, bool) for index in indices):
        if len(indices) != count:
            raise TraceError(f"the mask of a minibatch has {len(indices)} entries, and there are {count} samples; give "
                             f"the mask for all of them, or indices")
        return [place for place, taken in enumerate(indices) if taken]
    for index in indices:
        if isinstance(index, bool) or not hasattr(index, "__index__"):
            raise TraceError(f"{index!s:.60} is not an index; step takes the places of the minibatch's samples in x and y, "
                             f"not the samples themselves")
    return [operator.index(index) for index in indices]


def number(value):
    """The one number that value holds."""
    found = numbers(value)
    if len(found) != 1:
        raise TraceError(f"expected one number, found {len(found)}")
    return found[0]


def is_landmark(step):
    """Whether the step is one of 0, 1, 2, 5, 10, 20, 50, …"""
    return str(step).rstrip("0") in ("", "1", "2", "5")


def precision_of(parameters):
    """"f32" or "f64", from the dtype of the parameters; lists of Python numbers are f64."""
    names = {str(getattr(parameter, "dtype", "float64")).rpartition(".")[2] for parameter in parameters}
    known = {"float32": "f32", "float64": "f64"}
    if len(names) != 1 or not names <= known.keys():
        raise TraceError(f"the parameters are {', '.join(sorted(names))}; they must all be float32, or all float64")
    return known[names.pop()]


def optimizer_settings(optimizer):
    """The `optimizer` entry of a trace, from a torch optimizer, or from a dict that is such an entry already."""
    if isinstance(optimizer, dict):
        return dict(optimizer)
    kind = type(optimizer).__name__
    groups = optimizer.param_groups
    keys = [{key: value for key, value in group.items() if key != "params"} for group in groups]
    if any(other != keys[0] for other in keys):
        raise TraceError("the optimizer's parameter groups differ; a trace has one learning rate for all parameters")
    group = keys[0]
    for option in ("weight_decay", "dampening", "nesterov", "amsgrad", "maximize"):
        if group.get(option):
            raise TraceError(f"the optimizer has {option}={group[option]}; a trace has none")
    rate = number(group["lr"])
    if kind == "SGD":
        momentum = number(group.get("momentum", 0))
        return {"kind": "momentum", "lr": rate, "momentum": momentum} if momentum else {"kind": "sgd", "lr": rate}
    if kind == "Adam":
        beta1, beta2 = map(number, group["betas"])
        return {"kind": "adam", "lr": rate, "beta1": beta1, "beta2": beta2, "eps": number(group["eps"])}
    raise TraceError(f"the optimizer is {kind}; a trace knows SGD (with or without momentum) and Adam")


def trained_layers(parameters, optimizer):
    """"all" or "output", from which of the four parameters the optimizer has."""
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    trained = [id(p) in held and getattr(p, "requires_grad", True) for p in parameters]
    if len(held) > sum(id(p) in held for p in parameters):
        raise TraceError("the optimizer has parameters that do not belong to the network")
    if trained == [True] * 4:
        return "all"
    if trained == [False, False, True, True]:
        return "output"
    raise TraceError("the optimizer must have all four parameters, or those of the output layer, W2 and b2")


class Steps:
    """The steps of a run as both recorders watch them: minibatches, and the states that a trace shall have."""

    def _begin(self, optimizer, settings, count, start, states):
        """settings: the function that makes the `optimizer` entry. count: of samples. start: the state of step 0."""
        self._optimizer, self._settings_of, self._settings = optimizer, settings, settings(optimizer)
        self._count = count
        self._wanted = None if states is None else set(states)
        self._minibatches = []
        self._states = {0: start}

    def _record(self, indices, losses, parameters):
        """A step: the samples of its minibatch, losses by name, and a function that gives the parameters after it."""
        if self._settings != self._settings_of(self._optimizer):
            raise TraceError(f"the optimizer changed before step {len(self._minibatches) + 1}, perhaps by a schedule; "
                             f"a trace has the same settings for all steps")
        indices = places(indices, self._count)
        if not indices:
            raise TraceError("a minibatch is empty")
        outside = [index for index in indices if not 0 <= index < self._count]
        if outside:
            raise TraceError(f"index {outside[0]} of a minibatch is not from 0 to {self._count - 1}")
        self._minibatches.append(indices)
        step = len(self._minibatches)
        if self._wanted is None or step in self._wanted:
            state = {name: number(loss) for name, loss in losses.items() if loss is not None}
            self._states[step] = {**state, **parameters()}
            if self._wanted is None and not is_landmark(step - 1):
                # It was wanted only as long as it was the last.
                del self._states[step - 1]

    def _seen(self):
        """The states that were asked for and made."""
        if self._wanted is not None and not self._wanted & self._states.keys():
            raise TraceError("none of the steps in states was made")
        return [{"step": step, **state} for step, state in sorted(self._states.items())
                if self._wanted is None or step in self._wanted]

    def save(self, path):
        """Writes the trace to a file."""
        text = json.dumps(self.trace())
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def network_optimizer_settings(optimizer):
    """The `optimizer` entry of a trace of any network, from a torch optimizer."""
    kind = type(optimizer).__name__
    keys = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
    if any(other != keys[0] for other in keys):
        raise TraceError("the optimizer's parameter groups differ; a trace has one setting for all parameters")
    group = keys[0]
    for option in ("dampening", "amsgrad", "maximize"):
        if group.get(option):
            raise TraceError(f"the optimizer has {option}={group[option]}; a trace has none")
    entry = {"lr": number(group["lr"])}
    decay = number(group.get("weight_decay", 0))
    if decay:
        entry["weight_decay"] = decay
    if kind == "SGD":
        momentum = number(group.get("momentum", 0))
        if momentum:
            entry["momentum"] = momentum
        if group.get("nesterov"):
            entry["nesterov"] = True
        return {"kind": "sgd", **entry}
    if kind in ("Adam", "AdamW"):
        if kind == "Adam" and group.get("decoupled_weight_decay"):
            kind = "AdamW"
        beta1, beta2 = map(number, group["betas"])
        return {"kind": kind.lower(), **entry, "beta1": beta1, "beta2": beta2, "eps": number(group["eps"])}
    raise TraceError(f"the optimizer is {kind}; a trace knows SGD, Adam and AdamW")


def activation(module):
    """The word of an activation; None if the module is none."""
    kind = type(module).__name__
    if kind == "LeakyReLU" and module.negative_slope != 0.01:
        raise TraceError(f"LeakyReLU has the slope {module.negative_slope}; a trace knows 0.01")
    if kind == "GELU" and module.approximate != "none":
        raise TraceError(f"GELU is approximated by {module.approximate}; a trace knows the exact one")
    return {"ReLU": "relu", "LeakyReLU": "leaky-relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "GELU": "gelu",
            "Identity": "identity"}.get(kind)


def rows(values, what):
    """A matrix as a list of rows; a single number a row for a list of numbers."""
    found = [numbers(row) for row in plain(values)]
    if any(len(row) != len(found[0]) for row in found):
        raise TraceError(f"the rows of {what} differ in length")
    return found


def whole(values, what):
    """Numbers of classes, which are whole."""
    found = numbers(values)
    wrong = [value for value in found if value != int(value)]
    if wrong:
        raise TraceError(f"{what} has {wrong[0]}; classes are whole numbers from 0")
    return [int(value) for value in found]


class NetworkRecorder(Steps):
    """Watches the training of a torch.nn.Sequential.

    net: Linear layers with a bias, each followed by one activation or none.
    optimizer: torch.optim.SGD, Adam or AdamW, of all layers or of the last ones.
    loss: "squared-error" (mean over samples and outputs), "logistic" (one output, the log odds of class 1) or
        "cross-entropy" (an output for each class, from logits).
    x: the training points, a row each; y: their targets, a row each, or classes: whole numbers from 0.
    x_test, y_test, classes_test: the test points, if test losses are recorded.
    states: the steps at which to record the parameters; by default the start, 1, 2, 5, 10, 20, 50, … and the last.
    """

    def __init__(self, net, optimizer, loss, x, y=None, *, classes=None, x_test=None, y_test=None, classes_test=None,
                 states=None, made_with=None):
        if loss not in ("squared-error", "logistic", "cross-entropy"):
            raise TraceError(f'the loss is {loss!r}; it must be "squared-error", "logistic" or "cross-entropy"')
        self._linear, layers = [], []
        for module in net:
            if type(module).__name__ == "Linear":
                if module.bias is None:
                    raise TraceError("a Linear layer has no bias; a trace has one in each layer")
                self._linear.append(module)
                layers.append({"units": module.out_features, "activation": "identity"})
            elif activation(module) is None or not layers or layers[-1]["activation"] != "identity":
                raise TraceError(f"{type(module).__name__} is in no place of a trace: it knows Linear layers, each followed "
                                 f"by ReLU, LeakyReLU, Tanh, Sigmoid, GELU or nothing")
            else:
                layers[-1]["activation"] = activation(module)
        if not layers:
            raise TraceError("the network has no Linear layer")
        settings = network_optimizer_settings(optimizer)
        held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        trained = [[id(p) in held and p.requires_grad for p in (layer.weight, layer.bias)] for layer in self._linear]
        if sum(map(sum, trained)) != len(held):
            raise TraceError("the optimizer has parameters that do not belong to the network")
        frozen = next((i for i, pair in enumerate(trained) if any(pair)), len(trained))
        if not all(all(pair) for pair in trained[frozen:]) or frozen == len(trained):
            raise TraceError("the optimizer must have all parameters of all layers from one on")
        data = {"x": rows(x, "x")}
        given = {"y": y, "classes": classes, "x_test": x_test, "y_test": y_test, "classes_test": classes_test}
        for name, values in given.items():
            if values is not None:
                data[name] = whole(values, name) if "classes" in name else rows(values, name)
        if (y is None) == (classes is None):
            raise TraceError("give y, or classes")
        if len(data["x"]) != len(data.get("y") or data["classes"]):
            raise TraceError("x and its targets differ in length")
        self._trace = {
            "format": FORMAT2,
            "made_with": made_with or "tools/trace.py",
            "precision": precision_of([p for layer in self._linear for p in (layer.weight, layer.bias)]),
            "data": data,
            "architecture": {"inputs": self._linear[0].in_features, "layers": layers, "loss": loss},
            "frozen": frozen,
            "optimizer": settings,
        }
        self._initial = self._layers()
        self._begin(optimizer, network_optimizer_settings, len(data["x"]), {"layers": self._initial}, states)

    def _layers(self):
        return [{"W": rows(layer.weight, "W"), "b": numbers(layer.bias)} for layer in self._linear]

    def step(self, indices, minibatch_loss=None, train_loss=None, test_loss=None):
        """To be called after each step of the optimizer, as that of Recorder."""
        losses = {"minibatch_loss": minibatch_loss, "train_loss": train_loss, "test_loss": test_loss}
        self._record(indices, losses, lambda: {"layers": self._layers()})

    def trace(self):
        """The trace as it goes into a file."""
        states = self._seen()
        trace = {**self._trace, "minibatches": self._minibatches, "initial": self._initial, "states": states}
        check_finite(trace, "")
        return trace


class Recorder(Steps):
    """Watches a training run.

    parameters: W1, b1, W2, b2 (`net.parameters()` of Linear, ReLU, Linear), as objects that are changed in place by
        training, or a function that returns them as they are now.
    optimizer: a torch.optim.SGD or Adam, or a dict such as {"kind": "adam", "lr": 0.02, "beta1": 0.9, "beta2": 0.999,
        "eps": 1e-8}.
    x, y: the training points, in the order to which the minibatches' indices refer.
    x_test, y_test: the test points, if test errors are recorded.
    trains: "all" or "output"; found out from a torch optimizer.
    precision: "f32" or "f64"; found out from tensors.
    states: the steps at which to record the parameters; by default the start, 1, 2, 5, 10, 20, 50, … and the last.
    """

    def __init__(self, parameters, optimizer, x, y, x_test=None, y_test=None, *, trains=None, precision=None,
                 states=None, made_with=None):
        self._parameters = parameters if callable(parameters) else list(parameters)
        now = self._parameters_now()
        if len(now) != 4:
            raise TraceError(f"the network has {len(now)} parameters; W1, b1, W2 and b2 are expected")
        # Whether it can be told of is seen before anything else.
        optimizer_settings(optimizer)
        if trains is None:
            if isinstance(optimizer, dict):
                raise TraceError('say what is trained: trains="all" or trains="output"')
            trains = trained_layers(now, optimizer)
        self._trains = trains
        self._precision = precision or precision_of(now)
        self._data = {"x": numbers(x), "y": numbers(y)}
        if len(self._data["x"]) != len(self._data["y"]):
            raise TraceError(f"x has {len(self._data['x'])} numbers and y has {len(self._data['y'])}")
        if (x_test is None) != (y_test is None):
            raise TraceError("x_test and y_test go together")
        if x_test is not None:
            self._data.update(x_test=numbers(x_test), y_test=numbers(y_test))
        self._made_with = made_with or "tools/trace.py"
        self._initial = self._network()
        self._width = len(self._initial["W1"])
        lengths = [len(values) for values in self._initial.values()]
        if lengths != [self._width, self._width, self._width, 1]:
            raise TraceError(f"the parameters have {lengths} numbers; for one hidden layer, scalar in and out, "
                             f"W1, b1 and W2 have one for each unit and b2 has one")
        self._begin(optimizer, optimizer_settings, len(self._data["x"]), dict(self._initial), states)

    def _parameters_now(self):
        return list(self._parameters() if callable(self._parameters) else self._parameters)

    def _network(self):
        return dict(zip(("W1", "b1", "W2", "b2"), map(numbers, self._parameters_now())))

    def step(self, indices, minibatch_mse=None, train_mse=None, test_mse=None):
        """To be called after each step of the optimizer.

        indices: the places of the minibatch's samples in x and y, from 0; or a mask of all samples, or a slice.
        minibatch_mse: the loss of the minibatch, before the step.
        train_mse, test_mse: the errors on all training points and on the test points, after the step.
        """
        errors = {"minibatch_mse": minibatch_mse, "train_mse": train_mse, "test_mse": test_mse}
        self._record(indices, errors, self._network)

    def trace(self):
        """The trace as it goes into a file."""
        states = self._seen()
        trace = {
            "format": FORMAT,
            "made_with": self._made_with,
            "precision": self._precision,
            "data": self._data,
            "width": self._width,
            "trains": self._trains,
            "optimizer": self._settings,
            "minibatches": {"indices": self._minibatches},
            "initial": self._initial,
            "states": states,
        }
        check_finite(trace, "")
        return trace


def check_finite(value, place):
    """Refuses NaN and infinite numbers, which JSON does not have."""
    if isinstance(value, dict):
        for key, item in value.items():
            check_finite(item, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            check_finite(item, f"{place}[{i}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise TraceError(f"{place} is {value}; a trace ends before the run diverges, so give earlier states")


def demo(arguments):
    """Trains a small network with PyTorch and records it."""
    import torch

    torch.manual_seed(arguments.seed)
    dtype = {"f32": torch.float32, "f64": torch.float64}[arguments.precision]
    x = torch.rand(100, 1, dtype=dtype).sort(dim=0).values
    y = torch.sin(6 * x) + 0.1 * torch.randn(100, 1, dtype=dtype)
    x_test = torch.linspace(0, 1, 200, dtype=dtype).reshape(-1, 1)
    y_test = torch.sin(6 * x_test)
    width = arguments.width
    net = torch.nn.Sequential(torch.nn.Linear(1, width), torch.nn.ReLU(), torch.nn.Linear(width, 1)).to(dtype)
    free = list(net.parameters()) if arguments.trains == "all" else list(net[2].parameters())
    optimizer = {
        "sgd": lambda: torch.optim.SGD(free, lr=0.05),
        "momentum": lambda: torch.optim.SGD(free, lr=0.02, momentum=0.9),
        "adam": lambda: torch.optim.Adam(free, lr=0.01),
    }[arguments.optimizer]()
    mse = torch.nn.MSELoss()
    recorder = Recorder(net.parameters(), optimizer, x, y, x_test, y_test, made_with="torch " + torch.__version__)
    for _ in range(arguments.steps):
        indices = torch.randint(len(x), (20,))
        loss = mse(net(x[indices]), y[indices])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            recorder.step(indices, loss, mse(net(x), y), mse(net(x_test), y_test))
    recorder.save(arguments.file)
    print(f"{arguments.file}: {arguments.steps} steps; now run elbow verify {arguments.file}")


def main():
    parser = argparse.ArgumentParser(description="Records training runs for elbow verify. In your own program, import "
                                                 "Recorder from this file; its docstring shows how.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("demo", help="train a small network with PyTorch, which must be installed, "
                                               "and record it")
    command.add_argument("file", metavar="FILE.json", help="the trace to write")
    command.add_argument("--width", type=int, default=10, help="hidden units (default 10)")
    command.add_argument("--steps", type=int, default=1000, help="steps (default 1000)")
    command.add_argument("--trains", choices=("all", "output"), default="all", help="layers (default all)")
    command.add_argument("--optimizer", choices=("sgd", "momentum", "adam"), default="adam", help="(default adam)")
    command.add_argument("--precision", choices=("f32", "f64"), default="f64", help="(default f64)")
    command.add_argument("--seed", type=int, default=0, help="seed of PyTorch's generator (default 0)")
    command.set_defaults(run=demo)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except ModuleNotFoundError as error:
        parser.exit(2, f"error: {error}; the demonstration needs PyTorch: pip install torch\n")


if __name__ == "__main__":
    main()
