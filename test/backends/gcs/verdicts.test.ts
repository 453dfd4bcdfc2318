import { otherWays } from "./other-ways";
import { podIdentity } from "./pod-identity";
import { serviceAccount } from "./service-account";
import { useGcs } from "./stage";
import { tokenEndpoint } from "./token-endpoint";

const stage = useGcs();

serviceAccount(stage);
tokenEndpoint(stage);
otherWays(stage);
podIdentity(stage);
