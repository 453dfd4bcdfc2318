import { spawn } from "node:child_process";

/**
 * Sees to it that the process group dies when this process dies, also by SIGKILL, which no handler can see: a
 * shell waits for the end of a pipe that only this process holds open. Returns what dismisses the shell.
 */
export function endWithThisProcess(groupLeader: number): () => void {
  const script = 'trap "" HUP INT TERM; read -r _ || kill -s KILL -- "-$1"';
  const args = ["-c", script, "guard", String(groupLeader)];
  const guard = spawn("/bin/sh", args, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  guard.on("error", (error) =>
    process.emitWarning(`process ${groupLeader} would outlive a crash: ${error.message}`),
  );
  guard.stdin.on("error", () => undefined); // the shell was ended from outside, and has nothing left to do
  guard.unref();
  return () => void guard.stdin.end("done\n");
}
