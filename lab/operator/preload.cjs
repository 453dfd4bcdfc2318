"use strict";

// Loaded into each process of the operator before the bundle, which stays byte for byte what a pod would run.
// It gives the process the address that a pod's network namespace would give it: the webhook server's port 3000
// becomes a free port of the loopback interface, kept across restarts, as the Service's address would be.
// What the launcher has to know goes into the file that OPERATOR_LAUNCH_FILE names.
const { subscribe } = require("node:diagnostics_channel");
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { listenOnLoopback } = require("./listen-on-loopback.cjs");

const CONTAINER_PORT = 3000;
const file = process.env.OPERATOR_LAUNCH_FILE;
delete process.env.OPERATOR_LAUNCH_FILE;

const previous = readPrevious();
const report = { pid: process.pid, port: 0, webhooks: [] };

listenOnLoopback(
  (port) => (port === CONTAINER_PORT ? previous.port : undefined),
  (_port, chosen) => {
    report.port = chosen;
    save();
  },
);

subscribe("http.server.request.start", ({ request }) => {
  const webhook = request.url.split("/")[1];
  if (!["mutate", "validate"].includes(webhook) || report.webhooks.includes(webhook)) return;
  report.webhooks.push(webhook);
  save();
});

function readPrevious() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return { port: 0 };
    throw error;
  }
}

function save() {
  writeFileSync(`${file}.new`, JSON.stringify(report));
  renameSync(`${file}.new`, file);
}
