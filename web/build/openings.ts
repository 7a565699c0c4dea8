// What is seen before any script runs. Of the one page that `vite build` makes it writes several: the first page in each
// language with its headline, the same as it stands above what a search has found, an event's with the shapes of what
// comes, and a plain one for all other paths. Each names the scripts that its path needs, so that the browser asks for
// all of them at once.
import type { OutputBundle, OutputChunk } from "rollup";
import type { Plugin } from "vite";
import { de } from "../src/words/de";
import { en } from "../src/words/en";

const PAGE = "index.html";
const MAIN = /<main class="opening" aria-busy="true"><\/main>/;
const TITLE = /<title>.*<\/title>/;
/** The headlines' letters: else they would be asked for after the style sheet came. */
const FONTS = /instrument-serif-latin-400-(normal|italic)-.*\.woff2$/;
const WORDS = { en, de };
const BONES = '<span class="bone"></span>'.repeat(3);

export function openings(): Plugin {
  return {
    name: "openings",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const page = bundle[PAGE];
        if (page?.type !== "asset" || !MAIN.test(String(page.source))) throw new Error(`${PAGE} has no place to begin`);
        const plain = withLinks(String(page.source), fonts(bundle));
        const emit = (fileName: string, source: string) => this.emitFile({ type: "asset", fileName, source });
        emit("page.html", plain);
        emit("event.html", withLinks(plain, scripts(bundle, "EventPage")).replace(MAIN, event));
        for (const [language, words] of Object.entries(WORDS)) {
          const spoken = withLinks(plain, language === "en" ? [] : scripts(bundle, language))
            .replace('<html lang="en">', `<html lang="${language}">`)
            .replace(TITLE, () => `<title>${escaped(words["nav.home"])} · Usher</title>`);
          emit(
            `index.${language}.html`,
            spoken.replace(MAIN, () => home(words, "hero")),
          );
          emit(
            `search.${language}.html`,
            spoken.replace(MAIN, () => home(words, "hero small")),
          );
        }
        emit(
          "search.html",
          plain.replace(MAIN, () => home(en, "hero small")),
        );
        page.source = plain.replace(MAIN, () => home(en, "hero"));
      },
    },
  };
}

function home(words: typeof en | typeof de, look: string): string {
  return `<main class="opening" aria-busy="true"><section class="${look}"><h1>${escaped(words["home.title"])}</h1>
                <p class="lead">${escaped(words["home.lead"])}</p><span class="search-box"><span class="search-shape"></span></span>
            </section></main>`;
}

const event = `<main class="opening" aria-busy="true"><section class="event"><header class="facts"><span class="poster bone"></span>
                <div class="waiting">${BONES}</div></header></section></main>`;

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function withLinks(html: string, links: readonly string[]): string {
  const missing = links.filter((link) => !html.includes(link));
  return html.replace("</head>", () => `${missing.map((link) => `    ${link}\n    `).join("")}</head>`);
}

function fonts(bundle: OutputBundle): readonly string[] {
  return Object.keys(bundle)
    .filter((name) => FONTS.test(name))
    .map((name) => `<link rel="preload" href="/${name}" as="font" type="font/woff2" crossorigin>`);
}

/** The chunk of that name, with all that it imports. */
function scripts(bundle: OutputBundle, name: string): readonly string[] {
  const chunks = Object.values(bundle).filter((part): part is OutputChunk => part.type === "chunk");
  const found = chunks.find((chunk) => chunk.name === name);
  if (!found) throw new Error(`there is no script named ${name}`);
  const all = new Set<string>();
  const add = (chunk: OutputChunk) => {
    if (all.has(chunk.fileName)) return;
    all.add(chunk.fileName);
    for (const file of chunk.imports) add(bundle[file] as OutputChunk);
  };
  add(found);
  return [...all].map((file) => `<link rel="modulepreload" crossorigin href="/${file}">`);
}
