// The worker: it holds the compiled laboratory, asks it, and trains between questions.
'use strict';
let lab;
let training = false;
let slice = 64;
const text = (at, length) => new TextDecoder().decode(new Uint8Array(lab.memory.buffer, at, length));
const ask = question => {
  const bytes = new TextEncoder().encode(question);
  const at = lab.question(bytes.length);
  new Uint8Array(lab.memory.buffer, at, bytes.length).set(bytes);
  const length = lab.ask();
  return text(lab.answer(), length);
};
// After a trap the instance is of no use, but what the panic said can be read.
const carefully = act => {
  try { act(); } catch (error) {
    let said = String(error);
    try { said = text(lab.answer(), lab.answered()) || said; } catch { /* there is no instance */ }
    postMessage({ trap: said });
  }
};
const turn = new MessageChannel();
// A slice of steps that takes about eight milliseconds, so that questions are answered within a frame.
turn.port1.onmessage = () => carefully(() => {
  if (!training) return;
  const begin = performance.now();
  const reached = JSON.parse(ask(JSON.stringify({ do: 'advance', steps: slice })));
  const took = performance.now() - begin;
  slice = Math.max(1, Math.min(1e7, Math.round(slice * Math.min(4, 8 / Math.max(took, 0.01)))));
  training = !reached.done;
  postMessage({ reached });
  if (training) turn.port2.postMessage(0);
});
const begin = async packed => {
  let bytes;
  if (Uint8Array.fromBase64) bytes = Uint8Array.fromBase64(packed);
  else {
    const decoded = atob(packed);
    bytes = new Uint8Array(decoded.length);
    for (let i = 0; i < decoded.length; i++) bytes[i] = decoded.charCodeAt(i);
  }
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const module = await WebAssembly.compile(await new Response(unpacked).arrayBuffer());
  lab = (await WebAssembly.instantiate(module, {})).exports;
  postMessage({ ready: true });
};
onmessage = ({ data }) => {
  if (data.packed) begin(data.packed).catch(error => postMessage({ trap: String(error) }));
  else if (data.train !== undefined) {
    const was = training;
    training = data.train;
    if (training && !was) turn.port2.postMessage(0);
  } else carefully(() => postMessage({ id: data.id, answer: ask(data.question) }));
};
