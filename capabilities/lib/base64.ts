/** Whether a text is base64 with exactly its padding, as Go and OpenSSH require; an empty text is not. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
