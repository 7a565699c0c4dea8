// Compresses what `vite build` made, as small as can be: the edge sends it so and spends nothing on it. Fails where the
// first page has grown too heavy.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const FOLDER = new URL("../dist/", import.meta.url).pathname;
const TEXT = /\.(html|js|css|json|svg|txt|webmanifest)$/;
/** All that comes before a seat map, by gzip. */
const FIRST_BYTES_MAX = 120_000;

const gzipped = new Map();
for (const entry of await readdir(FOLDER, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const text = await readFile(path);
  const brotli = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const gzip = gzipSync(text, { level: 9 });
  gzipped.set(path.slice(FOLDER.length), gzip.length);
  await Promise.all([writeFile(`${path}.br`, brotli), writeFile(`${path}.gz`, gzip)]);
}

const page = await readFile(join(FOLDER, "index.html"), "utf8");
const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name);
const first = ["index.html", ...named].reduce((sum, name) => sum + (gzipped.get(name) ?? 0), 0);
process.stdout.write(`the first page: ${first} bytes by gzip, fonts aside\n`);
if (first > FIRST_BYTES_MAX) throw new Error(`the first page is heavier than ${FIRST_BYTES_MAX} bytes`);
