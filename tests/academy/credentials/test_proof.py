"""The signature, against the published vector of the W3C and against a calculation done another way."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from academy.credentials.canonical import VC_CONTEXT, canonical, contexts
from academy.credentials.proof import (
    BadProof,
    base58,
    check_signature,
    from_base58,
    multikey,
    read_multikey,
    signed_bytes,
)
from tests.academy.credentials.issuers import ISSUED, ISSUER, KEY, LIST, METHOD, revocations

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
KNOWN = contexts((EXAMPLES, {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}))

# W3C Recommendation "Data Integrity EdDSA Cryptosuites v1.0", appendix B.1 (Representation: eddsa-rdfc-2022).
METHOD_B1 = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
ALUMNI = {
    "@context": [VC_CONTEXT, EXAMPLES],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod": METHOD_B1,
    "proofPurpose": "assertionMethod",
}
DOCUMENT_HASH = "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017"
OPTIONS_HASH = "bea7b7acfbad0126b135104024a5f1733e705108f42d59668b05c0c50004c6b0"
PROOF_VALUE = "z2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4K1FBTQsCZahKZme"


def test_the_hashes_are_those_the_w3c_published():
    assert signed_bytes(ALUMNI, OPTIONS, known=KNOWN).hex() == OPTIONS_HASH + DOCUMENT_HASH


def test_the_signature_the_w3c_published_is_good_and_another_is_not():
    key = read_multikey(METHOD_B1.partition("#")[2])
    document = ALUMNI | {"proof": OPTIONS | {"proofValue": PROOF_VALUE}}
    check_signature(document, key, known=KNOWN)
    with pytest.raises(BadProof):
        check_signature(document | {"name": "Alumna Credential"}, key, known=KNOWN)


def test_our_signature_is_the_one_calculated_from_hand_written_quads():
    """The list of revocations is small enough to write its canonical form down by hand."""
    document = revocations(7)
    packed = document["credentialSubject"]["encodedList"]
    status, subject = "https://www.w3.org/ns/credentials/status#", f"<{LIST}#list>"
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    quads = sorted([
        f"{subject} {kind} <{status}BitstringStatusList> .\n",
        f'{subject} <{status}encodedList> "{packed}"^^<https://w3id.org/security#multibase> .\n',
        f'{subject} <{status}statusPurpose> "revocation" .\n',
        f"<{LIST}> {kind} <{status}BitstringStatusListCredential> .\n",
        f"<{LIST}> {kind} <https://www.w3.org/2018/credentials#VerifiableCredential> .\n",
        f"<{LIST}> <https://www.w3.org/2018/credentials#credentialSubject> {subject} .\n",
        f"<{LIST}> <https://www.w3.org/2018/credentials#issuer> <{ISSUER}> .\n",
        f'<{LIST}> <https://www.w3.org/2018/credentials#validFrom> "{ISSUED:%Y-%m-%dT%H:%M:%SZ}"'
        "^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n",
    ])  # fmt: skip
    security = "https://w3id.org/security#"
    options = sorted([
        f'_:c14n0 <http://purl.org/dc/terms/created> "{ISSUED:%Y-%m-%dT%H:%M:%SZ}"'
        "^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n",
        f"_:c14n0 {kind} <{security}DataIntegrityProof> .\n",
        f'_:c14n0 <{security}cryptosuite> "eddsa-rdfc-2022"^^<{security}cryptosuiteString> .\n',
        f"_:c14n0 <{security}proofPurpose> <{security}assertionMethod> .\n",
        f"_:c14n0 <{security}verificationMethod> <{METHOD}> .\n",
    ])  # fmt: skip
    message = b"".join(hashlib.sha256("".join(part).encode()).digest() for part in (options, quads))
    signature = from_base58(document["proof"]["proofValue"][1:])
    key = Ed25519PublicKey.from_public_bytes(KEY.public_key().public_bytes_raw())
    key.verify(signature, message)


def test_quotes_and_line_ends_are_escaped_in_the_canonical_form():
    form = canonical({"@context": [VC_CONTEXT], "id": "urn:x", "type": "VerifiableCredential", "name": 'a "b"\n\\c'})
    assert r'"a \"b\"\n\\c"' in form


@given(st.binary(max_size=80))
def test_base58_comes_back_as_it_went(data):
    assert from_base58(base58(data)) == data


@pytest.mark.parametrize("text", ["", "z", "u6Mk", "z0OIl", "z" + "2" * 300, None, "zQmNotAKey"])
def test_what_is_not_a_key_is_refused(text):
    with pytest.raises(BadProof):
        read_multikey(text)


def test_a_key_is_written_as_wallets_know_it():
    written = multikey(KEY.public_key())
    assert written.startswith("z6Mk")
    assert read_multikey(written).public_bytes_raw() == KEY.public_key().public_bytes_raw()


def test_many_badges_are_worked_out_at_the_same_moment():
    """The library's caches are not made for threads: with eight of them, each was soon broken by another."""

    def form(number):
        return canonical(
            {"@context": [VC_CONTEXT], "id": f"urn:x:{number}", "type": "VerifiableCredential", "name": str(number)},
            known=contexts(),
        )

    with ThreadPoolExecutor(8) as people:
        assert len(set(people.map(form, range(64)))) == 64
