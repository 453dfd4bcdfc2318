"use strict";

// Loaded before a module: prints for each timer with a fraction of a millisecond which share of the framework's 3 s it
// waits, relative to the last random number that was drawn.
const FRAMEWORK_MS = 3_000;
const { random } = Math;
const { setTimeout } = globalThis;
let drawn = 1;

Math.random = function draw() {
  drawn = random();
  return drawn;
};

function timer(run, milliseconds, ...rest) {
  if (!Number.isInteger(milliseconds) && milliseconds > 0)
    console.log(JSON.stringify({ share: milliseconds / FRAMEWORK_MS / drawn }));
  return setTimeout(run, milliseconds, ...rest);
}
// Among them what util.promisify makes of it.
Object.defineProperties(timer, Object.getOwnPropertyDescriptors(setTimeout));
globalThis.setTimeout = timer;
