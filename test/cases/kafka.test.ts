import { reportedCases } from "./run";
import { KAFKA_SERVERS } from "./servers/kafka";

reportedCases("kafka", KAFKA_SERVERS);
