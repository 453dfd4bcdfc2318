import { goProgram } from "./go-program";

/** Path of the program, which is built when it is not in the cache. MinIO's own tags are no versions of Go modules. */
export function install(): Promise<string> {
  return goProgram({
    name: "minio",
    module: "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
    go: "1.24.0",
    duration: "about 3 min",
  });
}
