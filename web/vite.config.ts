import { defineConfig, type Plugin } from "vite";
import { openings } from "./build/openings";

/** The edge of `make up`. */
const EDGE = process.env.EDGE ?? "http://127.0.0.1:8080";

export default defineConfig({
  appType: "mpa",
  plugins: [clientRoutes(), openings()],
  server: { proxy: { "^/(usher\\.|v1/|config\\.json)": EDGE } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    // The policy allows no data: fonts, and a file of its own is kept by the browser.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["index.html", "admin.html"] },
    reportCompressedSize: false,
  },
});

/** As the edge does it: paths that the clients draw by themselves are answered with their page. */
function clientRoutes(): Plugin {
  return {
    name: "client-routes",
    configureServer({ middlewares }) {
      middlewares.use((request, _, next) => {
        const path = request.url?.split("?")[0] ?? "/";
        const isPage = request.headers.accept?.includes("text/html");
        if (isPage) request.url = path.startsWith("/admin") ? "/admin.html" : "/index.html";
        next();
      });
    },
  };
}
