/** A key as a person would write it: `new-comment` becomes `New comment`. */
export function readable(key: string): string {
  const words = key
    .replace(/([a-z\d])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replace(/[-_.\s]+/g, " ")
    .trim();
  const [first = ""] = words;
  return words === "" ? key : first.toUpperCase() + words.slice(first.length);
}
