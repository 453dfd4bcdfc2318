"use strict";

// A module of the real framework with none of the patches in capabilities/framework: what the framework does by itself.
// It prints one line of JSON for each event that its watches deliver.
const { GenericKind } = require("kubernetes-fluent-client");
const { Capability, PeprModule, RegisterKind } = require("pepr");
const pkg = require("../../../package.json");

const capability = new Capability({ name: "alone", description: "Follows sinks", namespaces: [] });
const { When } = capability;

class SnapshotSink extends GenericKind {}
class EventSink extends GenericKind {}
const API = { group: "kollect.dev", version: "v1alpha1" };
RegisterKind(SnapshotSink, { ...API, kind: "KollectSnapshotSink", plural: "kollectsnapshotsinks" });
RegisterKind(EventSink, { ...API, kind: "KollectEventSink", plural: "kollecteventsinks" });

/**
 * Prints what a watch delivers; `known` says whether it is the very object that was delivered before, and `whole` whether
 * it has a spec.
 */
function printed(watch) {
  const shown = new WeakSet();
  return (object, phase) => {
    const { name } = object.metadata;
    const whole = object.spec !== undefined;
    console.log(JSON.stringify({ watch, name, phase, known: shown.has(object), whole }));
    shown.add(object);
  };
}

// As the framework's selectors have it, creation and update by one watch and deletion by another.
When(SnapshotSink).IsCreatedOrUpdated().Watch(printed("shown"));
When(SnapshotSink).IsDeleted().Watch(printed("deleted"));
// As watch-phases.ts changes them.
When(EventSink).IsCreatedOrUpdated().Watch(printed("every"));
capability.bindings.at(-1).event = "*";

new PeprModule(pkg, [capability]);
