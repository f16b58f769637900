"""The notebook's SGD study in JAX on the CPU, as fast as several ways of writing it came out.

    python notebook_jax.py [--steps 150000] [--threads 1] [--gradients hand|auto] [--json FILE]

The whole run of a width and paradigm is one compiled program: a scan over saved states, and in it a scan over the
minibatches between two of them, drawn at once. Drawing inside each step took three times as long, and the cheaper
generators were no faster. The gradients written by hand are those of value_and_grad and a little faster. Compile time
is reported apart; JAX compiles again whenever a width, a batch size or a number of steps changes."""
import argparse, json, os, time
from functools import partial

arguments = argparse.ArgumentParser()
for flag, kind, default in (("steps", int, 150000), ("every", int, 1000), ("threads", int, 1), ("seed", int, 0), ("noise", float, 0.1), ("json", str, None)):
    arguments.add_argument(f"--{flag}", type=kind, default=default)
arguments.add_argument("--gradients", choices=("hand", "auto"), default="hand")
a = arguments.parse_args()
os.environ["JAX_PLATFORMS"] = "cpu"
if a.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax, jax.numpy as jnp, numpy as np
from common import BATCH, LR, N, WIDTHS, init_np, make_data

X, y, X_test, y_test = make_data(a.noise)
x, y, x_test, y_test = (jnp.asarray(v, jnp.float32) for v in (X[:, 0], y, X_test[:, 0], y_test))


def error(network, x, t):
    W1, b1, W2, b2 = network
    return jnp.mean((jnp.maximum(x[:, None] * W1 + b1, 0) @ W2 + b2 - t) ** 2)


def auto(network, x, t, trained):
    """The error and its derivatives by the trained parameters."""
    kept = network[: 4 - trained]
    return jax.value_and_grad(lambda moved: error((*kept, *moved), x, t))(network[4 - trained :])


def hand(network, x, t, trained):
    W1, b1, W2, b2 = network
    h = x[:, None] * W1 + b1
    r = jnp.maximum(h, 0)
    e = r @ W2 + b2 - t
    d = e * (2.0 / BATCH)
    gradient = (d @ r, d.sum())
    if trained == 4:
        m = jnp.where(h > 0, d[:, None], 0.0)
        gradient = (W2 * (x @ m), W2 * m.sum(0), *gradient)
    return (e * e).mean(), gradient


def train(network, key, paradigm):
    trained, rate, derive = {"out": 2, "all": 4}[paradigm], LR[paradigm], {"hand": hand, "auto": auto}[a.gradients]

    def step(network, batch):
        loss, gradient = derive(network, *batch, trained)
        moved = tuple(p - rate * g for p, g in zip(network[4 - trained :], gradient))
        return (*network[: 4 - trained], *moved), loss

    def until_saved(carry, _):
        network, key = carry
        key, draw = jax.random.split(key)
        batches = jax.random.randint(draw, (a.every, BATCH), 0, N)
        network, losses = jax.lax.scan(step, network, (x[batches], y[batches]))
        return (network, key), (network, losses[-1], error(network, x_test, y_test))

    return jax.lax.scan(until_saved, (network, key), None, length=a.steps // a.every)[1]


def main():
    if a.steps < a.every or a.steps % a.every:
        raise SystemExit("--steps must be a multiple of --every")
    results, total, compiling = [], 0.0, 0.0
    for paradigm in ("out", "all"):
        for width in WIDTHS:
            network = tuple(jnp.asarray(p) for p in init_np(width, np.random.RandomState(1000 * a.seed + width)))
            key = jax.random.key(a.seed)
            begin = time.perf_counter()
            program = jax.jit(partial(train, paradigm=paradigm)).lower(network, key).compile()
            compiled = time.perf_counter()
            _, losses, tests = jax.block_until_ready(program(network, key))
            seconds, compiling = time.perf_counter() - compiled, compiling + compiled - begin
            total += seconds
            results.append(dict(paradigm=paradigm, width=width, seed=a.seed, steps=a.steps, secs=seconds, us_per_step=seconds / a.steps * 1e6, train=float(losses[-1]), test=float(tests[-1])))
            print(f"{paradigm} {width:2d}: {seconds / a.steps * 1e6:8.3f} us/step, {seconds:7.3f} s, compiled in {compiled - begin:.2f} s, minibatch error {losses[-1]:.5f}, test error {tests[-1]:.5f}", flush=True)
    print(f"study {total:.3f} s, {total / (6 * a.steps) * 1e6:.3f} us/step, compiled in {compiling:.2f} s; jax {jax.__version__}, numpy {np.__version__}")
    if a.json:
        versions = dict(jax=jax.__version__, numpy=np.__version__)
        json.dump(dict(total=total, compile=compiling, versions=versions, results=results), open(a.json, "w"), indent=1)


if __name__ == "__main__":
    main()
