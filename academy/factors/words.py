"""What a sign-in was proved with, in words."""

from academy.factors.rules import Proof, Second
from academy.i18n import _l

SECOND_WORDS = {
    Second.APP: _l("App with six digits"),
    Second.PASSKEY: _l("Passkey"),
    Second.RECOVERY: _l("Recovery code"),
}
PROOF_WORDS = {
    Proof.PASSWORD: _l("with the password"),
    Proof.FEDERATED: _l("with an account elsewhere"),
    Proof.LINK: _l("with a link from a letter"),
    Proof.PASSKEY: _l("with a passkey"),
    Proof.PASSWORD_APP: _l("with the password and the app"),
    Proof.PASSWORD_PASSKEY: _l("with the password and a passkey"),
    Proof.PASSWORD_RECOVERY: _l("with the password and a recovery code"),
    Proof.FEDERATED_APP: _l("with an account elsewhere and the app"),
    Proof.FEDERATED_PASSKEY: _l("with an account elsewhere and a passkey"),
    Proof.FEDERATED_RECOVERY: _l("with an account elsewhere and a recovery code"),
    Proof.LINK_APP: _l("with a link from a letter and the app"),
    Proof.LINK_PASSKEY: _l("with a link from a letter and a passkey"),
    Proof.LINK_RECOVERY: _l("with a link from a letter and a recovery code"),
}
