/** Begins at any of them, and then takes the next one each time: whoever was refused by one API turns to another. */
export function takeTurns(urls: readonly string[], random: () => number): () => string {
  let turn = Math.floor(random() * urls.length);
  return () => urls[turn++ % urls.length] ?? "";
}
