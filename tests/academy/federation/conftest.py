"""Another house, and an academy that knows it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.other_house import House, knowing, other_house


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with other_house() as house, knowing(app, house.provider(), house.provider("naver")):
        yield house
