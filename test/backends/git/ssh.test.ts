import { credentials } from "./ssh/credentials";
import { hostKeys } from "./ssh/host-keys";
import { useGitSsh } from "./ssh/stage";
import { verdicts } from "./ssh/verdicts";

const stage = useGitSsh();

verdicts(stage);
credentials(stage);
hostKeys(stage);
