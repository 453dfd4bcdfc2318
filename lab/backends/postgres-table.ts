/** CREATE TABLE of the table that the exporter makes, under this name. */
export function inventoryTable(name: string): string {
  return `CREATE TABLE ${name} (
    inventory_namespace TEXT NOT NULL, inventory_name TEXT NOT NULL, target_name TEXT NOT NULL, source_uid TEXT NOT NULL,
    cluster TEXT NOT NULL DEFAULT '', resource_namespace TEXT NOT NULL DEFAULT '', payload JSONB NOT NULL,
    exported_at TIMESTAMPTZ NOT NULL, PRIMARY KEY (inventory_namespace, inventory_name, target_name, source_uid));`;
}
