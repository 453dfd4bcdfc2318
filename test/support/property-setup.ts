import fc from "fast-check";
import { propertySeed, runs } from "./property";

// A property that names no number of runs gets fast-check's own, times the factor.
fc.configureGlobal({ seed: propertySeed(), numRuns: runs(100) });
