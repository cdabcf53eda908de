"""The session behind a cookie."""


def test_signed_in_client_is_known(app, sign_in):
    client = sign_in()
    assert client.get("/livez").status_code == 200
