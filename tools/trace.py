#!/usr/bin/env python3
"""Records a training run of your own, so that `elbow verify` can repeat it and compare.

The run is that of a network with one hidden layer of ReLUs, scalar in and out, trained on the mean squared error of
minibatches by plain SGD, SGD with momentum, or Adam. In a PyTorch program:

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


class Recorder:
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
        self._optimizer = optimizer
        self._settings = optimizer_settings(optimizer)
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
        self._wanted = None if states is None else set(states)
        self._minibatches = []
        self._initial = self._network()
        self._width = len(self._initial["W1"])
        lengths = [len(values) for values in self._initial.values()]
        if lengths != [self._width, self._width, self._width, 1]:
            raise TraceError(f"the parameters have {lengths} numbers; for one hidden layer, scalar in and out, "
                             f"W1, b1 and W2 have one for each unit and b2 has one")
        self._states = {0: dict(self._initial)}

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
        if self._settings != optimizer_settings(self._optimizer):
            raise TraceError(f"the optimizer changed before step {len(self._minibatches) + 1}, perhaps by a schedule; "
                             f"a trace has the same settings for all steps")
        count = len(self._data["x"])
        indices = places(indices, count)
        if not indices:
            raise TraceError("a minibatch is empty")
        outside = [index for index in indices if not 0 <= index < count]
        if outside:
            raise TraceError(f"index {outside[0]} of a minibatch is not from 0 to {count - 1}")
        self._minibatches.append(indices)
        step = len(self._minibatches)
        if self._wanted is None or step in self._wanted:
            errors = {"minibatch_mse": minibatch_mse, "train_mse": train_mse, "test_mse": test_mse}
            state = {name: number(error) for name, error in errors.items() if error is not None}
            state.update(self._network())
            self._states[step] = state
            if self._wanted is None and not is_landmark(step - 1):
                # It was wanted only as long as it was the last.
                del self._states[step - 1]

    def trace(self):
        """The trace as it goes into a file."""
        if self._wanted is not None and not self._wanted & self._states.keys():
            raise TraceError("none of the steps in states was made")
        states = [{"step": step, **state} for step, state in sorted(self._states.items())
                  if self._wanted is None or step in self._wanted]
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

    def save(self, path):
        """Writes the trace to a file."""
        text = json.dumps(self.trace())
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


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
