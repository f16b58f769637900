"""A training step of a small network in JAX on one thread, in microseconds: layers_jax.py tanh|relu BATCH

The steps are a compiled loop; gradients are those of value_and_grad. The least time of 30 rounds is printed."""
import os, sys, time

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
import jax, jax.numpy as jnp

kind, batch = sys.argv[1], int(sys.argv[2])
widths, activation = {"tanh": ((2, 16, 16, 1), jnp.tanh), "relu": ((2, 32, 3), lambda z: jnp.maximum(z, 0))}[kind]
STEPS, ROUNDS, RATE = 2000, 30, 0.01


def number(shape, first):
    count = shape[0] * shape[1]
    return (((jnp.arange(count) + first) * 37 + 11) % 101 / 100 - 0.5).astype(jnp.float32).reshape(shape)


network = [(number((o, i), l), number((o, 1), l + 7)) for l, (i, o) in enumerate(zip(widths, widths[1:]))]
x, y = number((widths[0], batch), 5), number((widths[-1], batch), 3)


def loss(network):
    values = x
    for l, (w, b) in enumerate(network):
        values = w @ values + b
        if l + 1 < len(network):
            values = activation(values)
    return ((values - y) ** 2).sum() / batch


def step(_, network):
    _, slopes = jax.value_and_grad(loss)(network)
    return jax.tree.map(lambda p, d: p - RATE * d, network, slopes)


run = jax.jit(lambda network: jax.lax.fori_loop(0, STEPS, step, network))
jax.block_until_ready(run(network))
times = []
for _ in range(ROUNDS):
    begin = time.process_time()
    jax.block_until_ready(run(network))
    times.append(time.process_time() - begin)
print(min(times) / STEPS * 1e6)
