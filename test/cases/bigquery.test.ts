import { reportedCases } from "./run";

reportedCases("bigquery");
