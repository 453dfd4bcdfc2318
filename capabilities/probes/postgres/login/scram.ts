/** Maximum rounds of SCRAM's key derivation that a server may request: half a second of one thread of the pool with SHA-256. */
export const MAX_SCRAM_ITERATIONS = 1_000_000;
