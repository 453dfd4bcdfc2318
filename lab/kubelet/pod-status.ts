import type { Pod } from "./pod";
import type { ContainerState } from "./run-container";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

/** The status that a kubelet would report of a pod, as far as controllers and people read it. */
export function statusOf(pod: Pod, containers: readonly ContainerState[], phase: Phase): object {
  const main = new Set(pod.spec.containers.map(({ name }) => name));
  const ready = phase === "Running" && containers.every(({ name, ready: each }) => each || !main.has(name));
  const now = new Date().toISOString();
  const condition = (type: string, holds: boolean): object => ({
    type,
    status: holds ? "True" : "False",
    lastTransitionTime: now,
  });
  return {
    phase,
    conditions: [
      condition("PodScheduled", true),
      condition("Initialized", phase !== "Pending"),
      condition("ContainersReady", ready),
      condition("Ready", ready),
    ],
    containerStatuses: containers.filter(({ name }) => main.has(name)).map(containerStatus),
    initContainerStatuses: containers.filter(({ name }) => !main.has(name)).map(containerStatus),
  };
}

function containerStatus({ name, image, ready, started, restarts, ...state }: ContainerState): object {
  const terminated = state.ended;
  const running = state.current ? { startedAt: new Date().toISOString() } : undefined;
  const waiting = state.waiting;
  const current = running ? { running } : waiting ? { waiting } : { terminated };
  return {
    name,
    image,
    imageID: image,
    ready,
    started,
    restartCount: restarts,
    state: current,
    ...(terminated ? { lastState: { terminated } } : {}),
  };
}
