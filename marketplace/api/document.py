"""What the API says of itself: /v1/openapi.json, by flask-smorest."""

from http import HTTPStatus
from threading import RLock
from typing import Any, ClassVar

from flask import Flask, Response
from flask_smorest import Api, Blueprint

from marketplace.api.fields import Problem
from marketplace.api.problems import refused_by_http


class MarketplaceApi(Api):
    """flask-smorest's Api with problems as its errors.

    Views are described when somebody asks for the document: it would take most of the
    start of every process, few of which are ever asked.
    """

    ERROR_SCHEMA = Problem
    DEFAULT_REQUEST_BODY_CONTENT_TYPE: ClassVar[str] = "application/json"

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        self._describing = RLock()
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Register its views, and describe them later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    @property
    def spec(self) -> Any:
        """The document, with every view registered until now."""
        with self._describing:
            while self._undescribed:
                blp = self._undescribed.pop(0)
                blp.register_views_in_doc(
                    self, self._app, self._spec, name=blp.name, parameters=None
                )
                self._spec.tag({"name": blp.name, "description": blp.description})
        return self._spec

    @spec.setter
    def spec(self, spec: Any) -> None:
        self._spec = spec

    def _register_responses(self) -> None:
        """Describe every error as a problem, which smorest would call JSON."""
        components = self.spec.components
        components.schema("Problem", schema=Problem)
        content = {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"}
            }
        }
        errors = {s.name: s.phrase for s in HTTPStatus if s >= HTTPStatus.BAD_REQUEST}
        for name, phrase in {**errors, "DEFAULT_ERROR": "A problem"}.items():
            components.response(
                name, {"description": phrase, "content": content}, lazy=True
            )

    def handle_http_exception(self, error: Any) -> Response:
        """Every HTTP error as a problem."""
        return refused_by_http(error)
