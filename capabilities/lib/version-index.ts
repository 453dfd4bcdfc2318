/** Values by a key and the version of it that they were made from. */
export class VersionIndex<T> {
  readonly #byKey = new Map<string, Map<string, Set<T>>>();

  add(key: string, version: string, value: T): void {
    const versions = this.#byKey.get(key) ?? new Map<string, Set<T>>();
    const values = versions.get(version) ?? new Set();
    this.#byKey.set(key, versions.set(version, values.add(value)));
  }

  delete(key: string, version: string, value: T): void {
    const versions = this.#byKey.get(key);
    const values = versions?.get(version);
    values?.delete(value);
    if (values?.size === 0) versions?.delete(version);
    if (versions?.size === 0) this.#byKey.delete(key);
  }

  /** The values of every version but this one; the time that it takes does not depend on how many have this one. */
  *ofOthers(key: string, version: string): Iterable<T> {
    for (const [other, values] of this.#byKey.get(key) ?? []) {
      if (other !== version) yield* values;
    }
  }
}
