import { access } from "./cluster-client/access";
import { connections } from "./cluster-client/connections";
import { events } from "./cluster-client/events";
import { owners } from "./cluster-client/owners";
import { reads } from "./cluster-client/reads";
import { useControlPlane } from "./cluster-client/stage";
import { status } from "./cluster-client/status";

const stage = useControlPlane();

reads(stage);
status(stage);
owners(stage);
events(stage);
access(stage);
connections(stage);
