import { describeContract } from "../contract/probe-contract";

await describeContract("gitlab");
