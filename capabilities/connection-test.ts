import { Capability } from "pepr";
import { KollectConnectionTest } from "./api/kinds";
import type { KollectConnectionTest as Test } from "./api/types";
import type { TestWrite } from "./domain/admission";
import { sinkTarget } from "./domain/spec";
import { admit, review, type Requester } from "./admission";
import type { Services } from "./services";
import { take } from "./framework/hand-over";
import { detached } from "./framework/kept-objects";
import { createShowings, everyPhase } from "./framework/watch-phases";
import type { ServedNamespaces } from "./served-namespaces";

/** The handlers of KollectConnectionTest: wiring only. `services` is called when a handler runs. */
export function connectionTestCapability(
  services: () => Promise<Services>,
  served: ServedNamespaces,
): Capability {
  const capability = new Capability({
    name: "connection-test",
    description: "Probes the sink that a KollectConnectionTest names and writes the verdict",
    namespaces: [...served.byFramework],
  });
  const { When } = capability;
  const showing = createShowings();

  When(KollectConnectionTest)
    .IsCreatedOrUpdated()
    .Mutate(async (request) => {
      const { admission } = await services();
      request.Raw = (await admit(writeOf(request), admission)) as unknown as KollectConnectionTest;
    })
    .Validate(async (request) => {
      const { admission } = await services();
      const { denied, warnings } = await review(writeOf(request), admission);
      return denied ? request.Deny(denied.message, denied.code, warnings) : request.Approve(warnings);
    })
    .Reconcile((shown, phase) => {
      const how = showing(shown, phase);
      const test = detached(shown);
      if (served.includes(test)) take(services, ({ operator }) => operator.tests[how](wire(test)));
    });

  return everyPhase(capability);
}

interface AdmissionRequest {
  readonly Raw: object;
  readonly OldResource: object | null | undefined;
  readonly Request: { readonly userInfo: Partial<Requester> };
}

function writeOf({ Raw, OldResource, Request }: AdmissionRequest): TestWrite & { user: Requester } {
  const username = Request.userInfo.username ?? "";
  // On creation the framework passes null.
  const old = OldResource ? wire(OldResource) : undefined;
  const object = wire(Raw);
  return { object, old, username, target: sinkTarget(object), user: { ...Request.userInfo, username } };
}

/** The framework types dates as Date, but they are strings, as on the wire. */
function wire(test: object): Test {
  return test as Test;
}
