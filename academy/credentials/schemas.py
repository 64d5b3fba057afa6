"""What verifiers of badges read here. The documents themselves follow Open Badges 3.0 and the W3C's standards."""

from academy.api_docs import Part

_CONTEXT = {"type": "array", "minItems": 1, "items": {"type": ["string", "object"]}}

BADGE = Part(
    "Badge",
    {
        "type": "object",
        "description": "An OpenBadgeCredential with its proof (eddsa-rdfc-2022).",
        "required": ["@context", "id", "type", "issuer", "validFrom", "credentialSubject", "proof"],
        "properties": {"@context": _CONTEXT, "id": {"type": "string"}, "proof": {"type": ["object", "array"]}},
    },
)
LIST = Part(
    "StatusList",
    {
        "type": "object",
        "description": "A signed BitstringStatusListCredential: which badges were taken back.",
        "required": ["@context", "type", "credentialSubject", "proof"],
        "properties": {"@context": _CONTEXT},
    },
)
DID = Part(
    "Did",
    {
        "type": "object",
        "description": "The public keys of the issuer, by did:web.",
        "required": ["@context", "id", "verificationMethod", "assertionMethod"],
        "properties": {
            "id": {"type": "string", "pattern": "^did:web:"},
            "verificationMethod": {
                "type": "array",
                "items": {"type": "object", "required": ["id", "type", "controller", "publicKeyMultibase"]},
            },
            "assertionMethod": {"type": "array", "items": {"type": "string"}},
        },
    },
)
