"""Failures in the API's own shape: `{"error": {"message", "type", "param", "code"}}`."""

from __future__ import annotations

from typing import Any

INVALID = "invalid_request_error"
_TYPES = {
    401: INVALID,
    403: "permission_error",
    404: INVALID,
    409: "conflict_error",
    429: "requests",
    500: "server_error",
    503: "service_unavailable",
}


class ApiError(Exception):
    """A reply that is not the one hoped for."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "",
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type or _TYPES.get(status, INVALID if status < 500 else "server_error")
        self.param = param
        self.code = code
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """The JSON of the reply."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


def missing(param: str) -> ApiError:
    """A required parameter was not sent."""
    message = f"The parameter '{param}' is required."
    return ApiError(400, message, param=param, code="missing_required_parameter")


def mistyped(param: str, expected: str, got: str) -> ApiError:
    """A parameter has a value of another type than the API knows for it."""
    message = f"'{param}' has to be {expected}, not {got}."
    return ApiError(400, message, param=param, code="invalid_type")


def invalid(param: str, message: str, code: str = "invalid_value") -> ApiError:
    """A parameter has a value of the right type that makes no sense."""
    return ApiError(400, message, param=param, code=code)


def not_found(kind: str, id: str, param: str | None = None) -> ApiError:
    """No object has that id."""
    return ApiError(404, f"No {kind} found with id '{id}'.", param=param, code="not_found")


def no_model(model: str) -> ApiError:
    """No model has that name."""
    message = f"The sandbox has no model named '{model}', or your key may not use it."
    return ApiError(404, message, param="model", code="model_not_found")


def provoked(spec: str) -> ApiError:
    """The failure that the header `x-sandbox-fail` asks for: `429`, `429:code`, `500`."""
    status, _, code = spec.partition(":")
    number = int(status) if status.isdigit() and 400 <= int(status) < 600 else 500
    if number != 429:
        return ApiError(number, f"The sandbox was asked to fail with {number}.", code=code or None)
    if code == "insufficient_quota":
        message = "The sandbox was asked to act as if your quota were used up."
        return ApiError(429, message, type=code, code=code)
    message = "The sandbox was asked to act as if you had reached a rate limit."
    code = code or "rate_limit_exceeded"
    return ApiError(429, message, code=code, headers={"retry-after": "0"})
