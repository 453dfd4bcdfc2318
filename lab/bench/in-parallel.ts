/** How many requests the load has under way, in every case and in the denominator. */
export const PARALLEL = 16;

/** Calls `work` for every item, at most {@link PARALLEL} at a time. Rejects with the first failure. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
