/** Admits a fixed number of callers at a time; the others wait in order, and leave at once when aborted. */
export interface Gate {
  /** Resolves with the function that admits the next caller; rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createGate(size: number): Gate {
  const waiting = new Set<() => void>();
  let inside = 0;

  function leave(): void {
    inside -= 1;
    const [next] = waiting;
    next?.();
  }

  function admit(): () => void {
    inside += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
    };
  }

  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (inside < size) return resolve(admit());
        const onAbort = (): void => {
          waiting.delete(proceed);
          reject(signal.reason as Error);
        };
        const proceed = (): void => {
          waiting.delete(proceed);
          signal.removeEventListener("abort", onAbort);
          resolve(admit());
        };
        waiting.add(proceed);
        signal.addEventListener("abort", onAbort, { once: true });
      }),
  };
}
