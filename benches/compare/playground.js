// Training steps of TensorFlow Playground's default network by its published rule (playground.tensorflow.org, nn.ts), written
// anew: objects for nodes and links, a sample at a time; derivatives add up and change the weights after each minibatch.
// Prints the least time of a step of 10 samples in microseconds: node playground.js
"use strict";

const TANH = { output: x => Math.tanh(x), slope: x => { const y = Math.tanh(x); return 1 - y * y; } };
const BATCH = 10, RATE = 0.03, ROUNDS = 10, EPOCHS = 200;

let state = 1;
const random = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5;

class Link {
  constructor(source, target) {
    Object.assign(this, { source, target, weight: random(), slope: 0, sum: 0, count: 0 });
  }
}

class Node {
  constructor() {
    Object.assign(this, { inputs: [], outputs: [], bias: 0.1, total: 0, value: 0, byOutput: 0, byTotal: 0, sum: 0, count: 0 });
  }
  forward() {
    this.total = this.bias;
    for (let i = 0; i < this.inputs.length; i++) this.total += this.inputs[i].weight * this.inputs[i].source.value;
    this.value = TANH.output(this.total);
  }
}

function build(sizes) {
  const layers = sizes.map(count => Array.from({ length: count }, () => new Node()));
  for (let l = 1; l < layers.length; l++)
    for (const target of layers[l])
      for (const source of layers[l - 1]) {
        const link = new Link(source, target);
        source.outputs.push(link);
        target.inputs.push(link);
      }
  return layers;
}

function forward(layers, x) {
  for (let i = 0; i < x.length; i++) layers[0][i].value = x[i];
  for (let l = 1; l < layers.length; l++) for (let i = 0; i < layers[l].length; i++) layers[l][i].forward();
}

function backward(layers, y) {
  const last = layers[layers.length - 1][0];
  last.byOutput = last.value - y;
  for (let l = layers.length - 1; l >= 1; l--) {
    for (let i = 0; i < layers[l].length; i++) {
      const node = layers[l][i];
      node.byTotal = node.byOutput * TANH.slope(node.total);
      node.sum += node.byTotal;
      node.count++;
    }
    for (let i = 0; i < layers[l].length; i++) {
      const node = layers[l][i];
      for (let j = 0; j < node.inputs.length; j++) {
        const link = node.inputs[j];
        link.slope = node.byTotal * link.source.value;
        link.sum += link.slope;
        link.count++;
      }
    }
    if (l === 1) continue;
    for (let i = 0; i < layers[l - 1].length; i++) {
      const node = layers[l - 1][i];
      node.byOutput = 0;
      for (let j = 0; j < node.outputs.length; j++) node.byOutput += node.outputs[j].weight * node.outputs[j].target.byTotal;
    }
  }
}

function update(layers) {
  for (let l = 1; l < layers.length; l++)
    for (let i = 0; i < layers[l].length; i++) {
      const node = layers[l][i];
      if (node.count > 0) {
        node.bias -= (RATE * node.sum) / node.count;
        node.sum = node.count = 0;
      }
      for (let j = 0; j < node.inputs.length; j++) {
        const link = node.inputs[j];
        if (link.count > 0) {
          link.weight -= (RATE / link.count) * link.sum;
          link.sum = link.count = 0;
        }
      }
    }
}

const points = Array.from({ length: 250 }, () => {
  const x = [12 * random(), 12 * random()];
  return { x, y: Math.hypot(...x) < 3 ? 1 : -1 };
});
const layers = build([2, 8, 8, 1]);
const steps = (EPOCHS * points.length) / BATCH;
let least = Infinity;
for (let round = 0; round < ROUNDS; round++) {
  const begin = process.cpuUsage();
  for (let epoch = 0; epoch < EPOCHS; epoch++)
    for (let j = 0; j < points.length; j++) {
      forward(layers, points[j].x);
      backward(layers, points[j].y);
      if ((j + 1) % BATCH === 0) update(layers);
    }
  const { user, system } = process.cpuUsage(begin);
  least = Math.min(least, (user + system) / steps);
}
console.log(least);
