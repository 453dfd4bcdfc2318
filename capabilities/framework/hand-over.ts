import { Log } from "pepr";

/**
 * Passes a watch event on and returns at once: the framework delivers the next event only when this one's
 * handler is done. Events keep their order, because callbacks of the services' promise run in order.
 */
export function take<T>(services: () => Promise<T>, use: (services: T) => void): void {
  services().then(use, (error: unknown) => {
    // Without services nothing would ever be probed: end the process, so that the Deployment starts a new one.
    Log.error({ error: String(error) }, "the operator could not start");
    process.exit(1);
  });
}
