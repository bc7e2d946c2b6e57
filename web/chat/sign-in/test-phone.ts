/** Areas of North America, each of which keeps 555-0100 to 555-0199 for fiction. */
const AREAS = [
  201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234,
  239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309,
];

/** A number that belongs to nobody. */
export function createTestPhone(): string {
  const [area = 0, line = 0] = crypto.getRandomValues(new Uint32Array(2));
  return `+1 ${AREAS[area % AREAS.length]} 555 01${String(line % 100).padStart(2, "0")}`;
}
