import { reportedCases } from "./run";
import { GIT_SERVERS } from "./servers/git";

reportedCases("git", GIT_SERVERS);
reportedCases("gitlab", GIT_SERVERS);
