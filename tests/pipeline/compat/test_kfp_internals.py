"""Private parts of kfp that the pipeline uses."""

import pytest

from pipeline.compat import kfp_internals


@pytest.mark.parametrize(
    ("host", "address"), [("http://h:1", "http://h:1"), ("h", "http://h"), (None, "/pipeline")]
)
def test_the_address_of_the_user_interface_is_found(host, address) -> None:
    kfp = pytest.importorskip("kfp")
    client = object.__new__(kfp.Client)
    client._uihost = host
    assert kfp_internals.user_interface(client) == address
