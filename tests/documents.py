"""Schemas of the outputs, as far as they are a promise, and what checks them."""

from typing import Any

from jsonschema import Draft202012Validator

POSITION = {"type": "integer", "minimum": 1}
TEXTS = {"type": "array", "items": {"type": "string"}}


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


FIX = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "title", "safety", "files"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
        "title": {"type": "string", "minLength": 1},
        "safety": {"enum": ["safe", "unsafe", "show"]},
        "reason": {"type": "string", "minLength": 1},
        "snippet": {"type": "string", "minLength": 1},
        "files": {
            "type": "array",
            "items": closed(
                {
                    "path": {"type": "string", "pattern": "^[^/\\\\]"},
                    "create": {"type": "boolean"},
                    "sha256": {"type": "string", "pattern": "^([0-9a-f]{64})?$"},
                    "edits": {
                        "type": "array",
                        "minItems": 1,
                        "items": closed(
                            {
                                "line": POSITION,
                                "column": POSITION,
                                "end_line": POSITION,
                                "end_column": POSITION,
                                "text": {"type": "string"},
                            }
                        ),
                    },
                }
            ),
        },
    },
}
FINDING = {
    "rule": {"type": "string", "pattern": "^[A-Z]+[0-9]{3}$"},
    "name": {"type": "string"},
    "severity": {"enum": ["error", "warning", "note"]},
    "confidence": {"enum": ["high", "medium", "low"]},
    "cause": {"type": "string"},
    "path": {"type": "string", "pattern": "^[^/\\\\]"},
    "line": POSITION,
    "column": POSITION,
    "end_line": POSITION,
    "end_column": POSITION,
    "message": {"type": "string", "pattern": "^[^\\n]+$"},
    "provider": {"enum": ["github", "gitlab", "travis", "dockerfile"]},
    "jobs": TEXTS,
    "variants": TEXTS,
    "related": {
        "type": "array",
        "items": closed(
            {"path": {"type": "string"}, "line": POSITION, "column": POSITION, "message": {"type": "string"}}
        ),
    },
    "fix": {"oneOf": [{"type": "null"}, FIX, closed({"skipped": {"type": "string", "minLength": 1}})]},
    "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}

SCAN = closed(
    {
        "schema_version": {"const": 1},
        "version": {"type": "string"},
        "findings": {"type": "array", "items": closed(FINDING)},
        "suppressed": {
            "type": "array",
            "items": closed(
                {
                    **FINDING,
                    "by": {"enum": ["ignore", "ignore-file", "per-file-ignores"]},
                    "reason": {"type": "string"},
                }
            ),
        },
        "files": closed(
            {
                "audited": {"type": "integer", "minimum": 0},
                "failed": {
                    "type": "array",
                    "items": closed({"path": {"type": "string"}, "line": POSITION, "message": {"type": "string"}}),
                },
                "skipped": {
                    "type": "array",
                    "items": closed({"path": {"type": "string"}, "reason": {"type": "string"}}),
                },
            }
        ),
    }
)

ANSWER = {"enum": ["yes", "no", "unknown"]}
INSTALLS = closed(
    {
        "installs": {
            "type": "array",
            "items": closed(
                {
                    "path": {"type": "string"},
                    "line": POSITION,
                    "end_line": POSITION,
                    "provider": {"type": "string"},
                    "job": {"type": "string"},
                    "variants": TEXTS,
                    "command": {"type": "string"},
                    "manager": {"type": "string"},
                    "network": ANSWER,
                    "index": {"type": "string"},
                    "downloads_to": {"type": "string"},
                    "cached": ANSWER,
                    "cause": {"type": "string"},
                    "reason": {"type": "string"},
                    "evidence": {"type": "array"},
                    "packages": {
                        "type": "array",
                        "items": closed(
                            {
                                "name": {"type": "string"},
                                "specifier": {"type": "string"},
                                "pinned": {"type": ["boolean", "null"]},
                            }
                        ),
                    },
                }
            ),
        }
    }
)

# What code scanning asks of SARIF 2.1.0, section 3 of the specification and GitHub's "SARIF support".
TEXT = closed({"text": {"type": "string", "minLength": 1}})
LOCATION: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["physicalLocation"],
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "message": TEXT,
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": closed(
                    {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~%-][A-Za-z0-9._~/%-]*$"}}
                ),
                "region": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["startLine", "startColumn"],
                    "properties": {
                        "startLine": POSITION,
                        "startColumn": POSITION,
                        "endLine": POSITION,
                        "endColumn": POSITION,
                    },
                },
            },
        },
    },
}
ARTIFACT = LOCATION["properties"]["physicalLocation"]["properties"]["artifactLocation"]
SARIF_FIX = closed(
    {
        "description": TEXT,
        "artifactChanges": {
            "type": "array",
            "minItems": 1,
            "items": closed(
                {
                    "artifactLocation": ARTIFACT,
                    "replacements": {
                        "type": "array",
                        "minItems": 1,
                        "items": closed(
                            {
                                "deletedRegion": closed(
                                    {
                                        "startLine": POSITION,
                                        "startColumn": POSITION,
                                        "endLine": POSITION,
                                        "endColumn": POSITION,
                                    }
                                ),
                                "insertedContent": closed({"text": {"type": "string"}}),
                            }
                        ),
                    },
                }
            ),
        },
    }
)
SARIF = {
    "type": "object",
    "additionalProperties": False,
    "required": ["$schema", "version", "runs"],
    "properties": {
        "$schema": {"type": "string", "pattern": "^https://"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": {"const": "unicodeCodePoints"},
                    "automationDetails": closed({"id": {"type": "string", "pattern": "/$"}}),
                    "invocations": {"type": "array", "minItems": 1},
                    "tool": closed(
                        {
                            "driver": closed(
                                {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "items": {
                                            "type": "object",
                                            "required": ["id", "shortDescription", "fullDescription", "help"],
                                            "properties": {
                                                "shortDescription": closed(
                                                    {"text": {"type": "string", "minLength": 1, "maxLength": 1024}}
                                                ),
                                                "fullDescription": closed(
                                                    {"text": {"type": "string", "minLength": 1, "maxLength": 1024}}
                                                ),
                                                "help": closed(
                                                    {
                                                        "text": {"type": "string", "minLength": 1},
                                                        "markdown": {"type": "string", "minLength": 1},
                                                    }
                                                ),
                                            },
                                        },
                                    },
                                }
                            )
                        }
                    ),
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": TEXT,
                                "locations": {"type": "array", "minItems": 1, "items": LOCATION},
                                "relatedLocations": {"type": "array", "minItems": 1, "items": LOCATION},
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string", "minLength": 1},
                                },
                                "properties": {"type": "object"},
                                "fixes": {"type": "array", "minItems": 1, "items": SARIF_FIX},
                                "suppressions": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["kind"],
                                        "properties": {"kind": {"enum": ["inSource", "external"]}},
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def check(schema: dict[str, Any], document: object) -> None:
    """Fail with what is wrong with a document."""
    problems = [
        f"{list(error.absolute_path)}: {error.message}" for error in Draft202012Validator(schema).iter_errors(document)
    ]
    assert not problems, problems[:5]
