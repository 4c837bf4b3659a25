"""The pages about the API: Swagger UI from its own package, nothing from elsewhere."""

from flask import Flask, Response, redirect, send_from_directory
from swagger_ui_bundle import swagger_ui_path

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Marketplace API</title>
<link rel="icon" href="/docs/files/favicon-32x32.png">
<link rel="stylesheet" href="/docs/files/swagger-ui.css">
</head>
<body>
<div id="pages"></div>
<script src="/docs/files/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#pages",
  deepLinking: true,
  validatorUrl: null
});
"""
# Swagger UI writes style attributes and draws its icons as data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


def install(app: Flask) -> None:
    """Serve the pages at /docs; / leads there."""
    app.add_url_rule("/", "root", lambda: redirect("/docs"))
    app.add_url_rule("/docs", "docs", lambda: _answer(_PAGE, "text/html"))
    app.add_url_rule(
        "/docs/start.js", "docs_start", lambda: _answer(_START, "text/javascript")
    )
    app.add_url_rule("/docs/files/<name>", "docs_file", _file)


def _file(name: str) -> Response:
    return send_from_directory(str(swagger_ui_path), name, max_age=86_400)


def _answer(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.headers["Content-Security-Policy"] = _POLICY
    return response
