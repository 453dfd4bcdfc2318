import { deadline } from "./deadline";
import { hosts } from "./hosts";
import { limits } from "./limits";
import { login } from "./login";
import { plainText } from "./plain-text";
import { rights } from "./rights";
import { usePostgres } from "./stage";
import { standby } from "./standby";
import { tls } from "./tls";

const stage = usePostgres();

login(stage);
tls(stage);
plainText(stage);
standby(stage);
hosts(stage);
rights(stage);
limits(stage);
deadline(stage);
