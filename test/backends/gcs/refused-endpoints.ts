import { describe, it } from "vitest";
import { expectFailure } from "../expect-report";
import { resolvingTo, withPodIdentity } from "../pod-identity";
import { run, writer, type Stage } from "./stage";

export function refusedEndpoints(stage: Stage): void {
  describe("gcs at a sink's own endpoint", () => {
    it.each(["https://169.254.169.254/inventory", "http://metadata.google.internal/inventory"])(
      "opens no way to the metadata server for %s",
      async (endpoint) => {
        const options = { ...withPodIdentity({}), ...resolvingTo("169.254.169.254") };
        await expectFailure(
          run(stage.keyCase(endpoint, stage.server.keyFile(writer)), options),
          "AddressDenied",
        );
      },
    );
  });
}
