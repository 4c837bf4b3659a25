"""Legal identities over HTTP: one's own only, numbers hidden, wrong fields named."""

from typing import Any

from callers import Caller
from flask.testing import FlaskClient

ANNA: dict[str, Any] = {
    "legal_name": "A. Nna",
    "is_business": True,
    "address": {
        "line1": "Keizersgracht 313",
        "postal_code": "1016 EE",
        "city": "Amsterdam",
        "country": "nl",
    },
    "vat_number": "NL 0044.95.445.B01",
    "small_business": True,
    "birth_date": "1990-05-01",
    "tax_id": "111222333",
    "iban": "NL91 ABNA 0417 1643 00",
    "account_holder": "A. Nna",
}


def put(who: Caller, path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = who.call("PUT", path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json


def test_an_influencer_says_who_is_paid(influencer: Caller) -> None:
    path = f"/v1/influencers/{influencer.id}/legal-identity"
    before = influencer.get(path).json
    assert before["is_stated"] is False
    assert before["iban"] is before["address"] is None
    said = put(influencer, path, ANNA)
    assert said["is_stated"] is True
    assert said["iban"] == "••••••••••••••4300"
    assert said["tax_id"] == "•••••2333"
    assert said["vat_number"] == "NL004495445B01"
    assert said["address"]["country"] == "NL"
    assert influencer.get(path).json == said
    # what is not shown stays unless it is said, or taken away
    less = {
        name: value for name, value in ANNA.items() if name not in ("iban", "tax_id")
    }
    assert put(influencer, path, less | {"legal_name": "Anna"})["iban"] == said["iban"]
    gone = put(influencer, path, less | {"iban": None, "account_holder": None})
    assert (gone["iban"], gone["tax_id"]) == (None, "•••••2333")


def test_wrong_fields_are_named(influencer: Caller, brand: Caller) -> None:
    path = f"/v1/influencers/{influencer.id}/legal-identity"
    address = {**ANNA["address"], "country": "XX"}
    wrong = {"iban": "NL91ABNA0417164301", "vat_number": "NL1", "address": address}
    errors = put(influencer, path, ANNA | wrong, 422)["errors"]
    assert set(errors) == {"iban", "vat_number", "address.country"}
    for body in (ANNA | {"is_business": "yes"}, ANNA | {"address": {}}, {"x": 1}):
        put(influencer, path, body, 422)
    assert influencer.get(path).json["is_stated"] is False
    put(brand, f"/v1/brands/{brand.id}/legal-identity", ANNA | {"iban": "x"}, 422)


def test_nobody_else_sees_it(
    client: FlaskClient, brand: Caller, influencer: Caller, outsider: Caller
) -> None:
    of_anna = f"/v1/influencers/{influencer.id}/legal-identity"
    of_brand = f"/v1/brands/{brand.id}/legal-identity"
    put(influencer, of_anna, ANNA)
    put(brand, of_brand, ANNA | {"legal_name": "Wolkje B.V.", "birth_date": None})
    assert brand.get(of_brand).json["legal_name"] == "Wolkje B.V."
    for who, path in ((brand, of_anna), (outsider, of_brand), (influencer, of_brand)):
        assert who.get(path).status_code == 404, path
        put(who, path, ANNA, 404)
    assert client.get(of_anna).status_code == 401
    # a token that may not touch money
    token = influencer.post("/v1/tokens", {"scopes": ["read", "write"]})
    limited = Caller(client, token.json["token"], influencer.id)
    assert limited.get(of_anna).status_code == 200
    put(limited, of_anna, ANNA, 403)
