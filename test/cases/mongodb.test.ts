import { reportedCases } from "./run";
import { MONGODB_SERVERS } from "./servers/mongodb";

reportedCases("mongodb", MONGODB_SERVERS);
