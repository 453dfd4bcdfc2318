/** Text as it stands in HTML and in the values of its attributes. */
export function text(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A place in a drawing, to a tenth of a pixel. */
export function place(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}
