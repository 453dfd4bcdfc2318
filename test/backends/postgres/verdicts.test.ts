import { authorize } from "./authorize";
import { deadline } from "./deadline";
import { hosts } from "./hosts";
import { limits } from "./limits";
import { login } from "./login";
import { sslModes } from "./ssl-modes";
import { standby } from "./standby";

login();
sslModes();
standby();
hosts();
authorize();
limits();
deadline();
