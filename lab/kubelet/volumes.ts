import { createHash } from "node:crypto";
import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { filesOf, readData, type Configuration } from "./configuration";
import { fieldOf, type Projection, type Volume } from "./pod";

const TOKEN_SECONDS = 3_607;

type Files = [path: string, content: Buffer][];

/**
 * Writes a volume's files into `folder`, or replaces those that are there, as a kubelet does: all at once, by one link
 * to a folder of their version, which stays for a process that has it open. Rejects while something that the volume
 * names is missing.
 */
export async function fillVolume(where: Configuration, volume: Volume, folder: string): Promise<void> {
  const files = await contentOf(where, volume);
  await mkdir(folder, { recursive: true });
  if (volume.emptyDir) return;
  const [current, version] = [join(folder, "..data"), versionOf(files)];
  const before = await readlink(current).catch(() => undefined); // there is none at first
  if (before === version) return;
  await mkdir(join(folder, version), { recursive: true });
  for (const [path, content] of files) {
    const file = join(folder, version, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: 0o600 });
  }
  await symlink(version, `${current}_new`);
  await rename(`${current}_new`, current);
  await link(folder, new Set(files.map(([path]) => path.split("/")[0] as string)));
}

function versionOf(files: Files): string {
  const hash = createHash("sha256");
  for (const [path, content] of files) hash.update(`${path}\0${content.length}\0`).update(content);
  return `..${hash.digest("hex").slice(0, 16)}`;
}

/** Shows the entries of the current version, and no others. */
async function link(folder: string, entries: ReadonlySet<string>): Promise<void> {
  const shown = (await readdir(folder)).filter((name) => !name.startsWith(".."));
  for (const name of shown) if (!entries.has(name)) await rm(join(folder, name));
  for (const name of entries) if (!shown.includes(name)) await symlink(`..data/${name}`, join(folder, name));
}

async function contentOf(where: Configuration, volume: Volume): Promise<Files> {
  const { secret, configMap, projected, emptyDir } = volume;
  if (emptyDir) return [];
  if (secret) {
    const { secretName: name, items, optional = false } = secret;
    return filesOf(await readData(where, "secrets", { name, optional }), items);
  }
  if (configMap) return filesOf(await readData(where, "configmaps", configMap), configMap.items);
  if (!projected) throw new Error(`the stand-in for the kubelet does not know what volume ${volume.name} is`);
  return (await Promise.all(projected.sources.map((source) => projectionOf(where, source)))).flat();
}

async function projectionOf(where: Configuration, source: Projection): Promise<Files> {
  const { serviceAccountToken, configMap, secret, downwardAPI } = source;
  if (configMap) return filesOf(await readData(where, "configmaps", configMap), configMap.items);
  if (secret) return filesOf(await readData(where, "secrets", secret), secret.items);
  if (downwardAPI) {
    return downwardAPI.items.map(({ path, fieldRef }) => [
      path,
      Buffer.from(fieldOf(where.pod, fieldRef.fieldPath)),
    ]);
  }
  if (!serviceAccountToken) throw new Error("the stand-in for the kubelet does not know this projection");
  const { path, expirationSeconds = TOKEN_SECONDS } = serviceAccountToken;
  return [[path, Buffer.from(await requestToken(where, expirationSeconds))]];
}

/** A token that ends with the pod, as the kubelet asks for. */
async function requestToken({ api, pod }: Configuration, expirationSeconds: number): Promise<string> {
  const { namespace, name, uid } = pod.metadata;
  const answer = (await api.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec.serviceAccountName}/token`,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds, boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid } },
    },
  })) as { status: { token: string } };
  return answer.status.token;
}
