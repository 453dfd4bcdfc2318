import { GenericKind, RegisterKind } from "kubernetes-fluent-client";
import type * as types from "./types";
import {
  GROUP,
  SINK_FAMILIES,
  SINK_KINDS,
  TEST_KIND,
  TEST_PLURAL,
  VERSION,
  type SinkKind,
} from "./vocabulary";

/**
 * The kinds as the framework's `When()` requires them. It registers them by class name, so a class has the name of
 * its kind. `metadata` has the framework's type, although its dates are strings on the wire.
 */
export class KollectConnectionTest extends GenericKind {
  declare spec: types.ConnectionTestSpec;
  declare status?: types.ConnectionTestStatus;
}

export class KollectSnapshotSink extends GenericKind {
  declare spec: types.KollectSnapshotSinkSpec;
  declare status?: types.SinkStatus;
}

export class KollectDatabaseSink extends GenericKind {
  declare spec: types.KollectDatabaseSinkSpec;
  declare status?: types.SinkStatus;
}

export class KollectEventSink extends GenericKind {
  declare spec: types.KollectEventSinkSpec;
  declare status?: types.SinkStatus;
}

export const SINK_CLASSES = {
  KollectSnapshotSink,
  KollectDatabaseSink,
  KollectEventSink,
} as const satisfies Record<SinkKind, typeof GenericKind>;

RegisterKind(KollectConnectionTest, { group: GROUP, version: VERSION, kind: TEST_KIND, plural: TEST_PLURAL });
for (const kind of SINK_KINDS) {
  RegisterKind(SINK_CLASSES[kind], {
    group: GROUP,
    version: VERSION,
    kind,
    plural: SINK_FAMILIES[kind].plural,
  });
}
