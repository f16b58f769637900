#!/usr/bin/env python3
"""Writes nn/tests/reference/optimizers.json: what PyTorch's optimizers and schedules make of a small problem.

    python3 tools/optimizers.py nn/tests/reference/optimizers.json

The loss is ½·wᵀ·M·w − bᵀ·w in double precision. Every rule makes 50 steps, alone and with weight decay, with the gradient of
κ·Σ|w| added, and with `torch.nn.utils.clip_grad_norm_` of the gradient of the loss.
"""

import json
import sys

import torch

MATRIX = [
    [3.0, 0.5, 0.0, -0.25, 0.0],
    [0.5, 1.0, 0.125, 0.0, 0.25],
    [0.0, 0.125, 0.5, 0.0, 0.0],
    [-0.25, 0.0, 0.0, 8.0, 1.0],
    [0.0, 0.25, 0.0, 1.0, 0.25],
]
VECTOR = [1.0, -2.0, 0.5, 0.25, 0.0]
START = [0.7, -0.3, 0.1, 1.5, -0.9]
RULES = {
    "sgd": lambda w, decay: torch.optim.SGD(w, lr=0.05, weight_decay=decay),
    "momentum": lambda w, decay: torch.optim.SGD(w, lr=0.01, momentum=0.9, weight_decay=decay),
    "nesterov": lambda w, decay: torch.optim.SGD(w, lr=0.01, momentum=0.9, nesterov=True, weight_decay=decay),
    "adam": lambda w, decay: torch.optim.Adam(w, lr=0.05, weight_decay=decay),
    "adamw": lambda w, decay: torch.optim.AdamW(w, lr=0.05, weight_decay=decay),
    "rmsprop": lambda w, decay: torch.optim.RMSprop(w, lr=0.02, weight_decay=decay),
}
REGULARISATION = [
    {"weight_decay": 0.0, "l1": 0.0, "clip": None},
    {"weight_decay": 0.25, "l1": 0.0, "clip": None},
    {"weight_decay": 0.0, "l1": 0.125, "clip": None},
    {"weight_decay": 0.0, "l1": 0.0, "clip": 1.5},
    {"weight_decay": 0.25, "l1": 0.125, "clip": 1.5},
]
KEPT = [1, 2, 10, 50]


def course(rule, weight_decay, l1, clip):
    matrix, vector = (torch.tensor(values, dtype=torch.float64) for values in (MATRIX, VECTOR))
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = RULES[rule]([w], weight_decay)
    kept = []
    for step in range(1, max(KEPT) + 1):
        optimizer.zero_grad()
        (0.5 * w @ matrix @ w - vector @ w).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([w], clip)
        if l1 > 0.0:
            w.grad += l1 * torch.sign(w.detach())
        optimizer.step()
        if step in KEPT:
            kept.append(w.detach().tolist())
    return {"rule": rule, "rate": optimizer.param_groups[0]["lr"], **dict(weight_decay=weight_decay, l1=l1, clip=clip), "w": kept}


def schedule(make, steps):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    scheduler = make(optimizer, steps)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def main():
    schedules = {
        "constant": lambda optimizer, steps: torch.optim.lr_scheduler.ConstantLR(optimizer, 1.0),
        "step": lambda optimizer, steps: torch.optim.lr_scheduler.MultiStepLR(optimizer, [steps // 2, 3 * steps // 4]),
        "cosine": torch.optim.lr_scheduler.CosineAnnealingLR,
    }
    reference = {
        "torch": torch.__version__.split("+")[0],
        "matrix": MATRIX,
        "vector": VECTOR,
        "start": START,
        "kept": KEPT,
        "courses": [course(rule, **regularisation) for rule in RULES for regularisation in REGULARISATION],
        "schedules": {name: schedule(make, 20) for name, make in schedules.items()},
    }
    text = json.dumps(reference, separators=(",", ":"))
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write(text.replace('{"rule"', '\n{"rule"').replace('"schedules"', '\n"schedules"') + "\n")


if __name__ == "__main__":
    main()
