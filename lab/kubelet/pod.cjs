"use strict";

// Loaded into every process of a pod before its program. No container is around it, so that tests need neither
// privileges nor Linux; this gives the process what it would find inside one, and nothing else:
//
// - files: a path below /app or a mount of the pod is a path below the pod's folder
// - network: a port of the container is a free port of the loopback interface
// - name: the host is called as the pod is
// - processes: the first one is not ended by SIGTERM unless it listens to it, as in a process namespace of its own
//
// Not imitated: the user, limits of memory and CPU, seccomp, and a root file system that cannot be written to.
const childProcess = require("node:child_process");
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const os = require("node:os");
const { listenOnLoopback } = require("../operator/listen-on-loopback.cjs");

const { root, mounts, hostname, ports, portsFile } = JSON.parse(process.env.KUBELET_POD);

const ONE_PATH = [
  ...[
    "access",
    "appendFile",
    "chmod",
    "lstat",
    "mkdir",
    "open",
    "readFile",
    "readdir",
    "readlink",
    "realpath",
    "rm",
  ],
  ...["rmdir", "stat", "unlink", "utimes", "writeFile"],
];
const TWO_PATHS = ["copyFile", "cp", "link", "rename", "symlink"];
const OTHERS = ["createReadStream", "createWriteStream", "existsSync", "watch", "watchFile"];

const names = (list) => list.flatMap((name) => [name, `${name}Sync`]);
for (const [object, functions, count] of [
  [fs, [...names(ONE_PATH), ...OTHERS], 1],
  [fs, names(TWO_PATHS), 2],
  [fs.promises, ONE_PATH, 1],
  [fs.promises, TWO_PATHS, 2],
  [childProcess, ["fork"], 1],
]) {
  for (const name of functions) object[name] = withPaths(object[name], count);
}
os.hostname = () => hostname;
listenOnLoopback((port) => (ports.includes(Number(port)) ? 0 : undefined), publish);
syncBuiltinESMExports();

if (process.env.KUBELET_FIRST_PROCESS) {
  delete process.env.KUBELET_FIRST_PROCESS;
  process.on("SIGTERM", () => undefined);
}

/** The function, called with its first arguments as paths of the pod's folder. Keeps its properties. */
function withPaths(original, count) {
  return new Proxy(original, {
    apply: (target, self, args) =>
      Reflect.apply(target, self, [...args.slice(0, count).map(inPod), ...args.slice(count)]),
  });
}

function inPod(path) {
  if (typeof path !== "string") return path;
  return mounts.some((mount) => path === mount || path.startsWith(`${mount}/`)) ? root + path : path;
}

/** Tells the stand-in for the kubelet where a port of the container is. */
function publish(port, chosen) {
  fs.writeFileSync(`${portsFile}.new`, JSON.stringify({ [port]: chosen }));
  fs.renameSync(`${portsFile}.new`, portsFile);
}
