// Shows the document that this edge serves, and lets everything in it be tried right here.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  // Nobody else hears of what is looked at.
  validatorUrl: null,
});
