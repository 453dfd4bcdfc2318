import { reportedCases } from "./run";
import { POSTGRES_SERVERS } from "./servers/postgres";

reportedCases("postgres", POSTGRES_SERVERS);
