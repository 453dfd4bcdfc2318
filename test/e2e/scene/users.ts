import { openKubeApi, type KubeApi } from "../../../lab/operator/kube-api";
import { objectsOf, type Objects } from "./objects";
import type { Scene } from "./scene";

/** The API server as two people without rights of their own know it; `grant` gives them some. */
export interface Users {
  readonly ciApi: KubeApi;
  readonly ci: Objects;
  readonly developer: Objects;
  close(): void;
}

export async function openUsers({ stage: { cluster } }: Scene): Promise<Users> {
  const open = (user: string): Promise<KubeApi> => openKubeApi(cluster.userKubeconfig(user), cluster.context);
  const [ciApi, developerApi] = [await open("ci"), await open("developer")];
  return {
    ciApi,
    ci: objectsOf(ciApi),
    developer: objectsOf(developerApi),
    close: () => {
      ciApi.close();
      developerApi.close();
    },
  };
}
