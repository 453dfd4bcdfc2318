import { credentials } from "./http/credentials";
import { faults } from "./http/faults";
import { https } from "./http/https";
import { redirects } from "./http/redirects";
import { useGitHttp } from "./http/stage";
import { verdicts } from "./http/verdicts";

const stage = useGitHttp();

verdicts(stage);
credentials(stage);
https(stage);
redirects(stage);
faults(stage);
