"""A training step of 784 -> 128 -> 10 (ReLU, softmax cross-entropy, 128 samples, SGD) in PyTorch: digits_torch.py THREADS

Prints the least time of a step in 10 rounds, on the clock, in microseconds."""
import sys, time
import torch

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
x, y = torch.rand(128, 784), torch.arange(128) % 10
loss = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(network.parameters(), 0.01)


def steps(count):
    for _ in range(count):
        optimizer.zero_grad()
        loss(network(x), y).backward()
        optimizer.step()


steps(50)
least = float("inf")
for _ in range(10):
    begin = time.perf_counter()
    steps(100)
    least = min(least, (time.perf_counter() - begin) / 100)
print(1e6 * least)
