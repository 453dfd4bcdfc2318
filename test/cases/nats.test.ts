import { reportedCases } from "./run";
import { NATS_SERVERS } from "./servers/nats";

reportedCases("nats", NATS_SERVERS);
