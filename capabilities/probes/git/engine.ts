/** Sink types that are Git servers. */
export type GitType = "git" | "gitlab";

/** The Git implementation of the exporter: the library go-git, or the git program with OpenSSH. */
export type GitEngine = "go-git" | "cli";
