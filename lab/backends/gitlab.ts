import type { LabBackend } from "./backend";
import { gitOverHttp } from "./git";

export const gitlab: LabBackend = [
  gitOverHttp("gitlab", "git http-backend, with the exporter's user name for tokens"),
];
