"""What runs in the background: copies of people's data, and every night what is to be forgotten."""

from academy.accounts import consents as consents
from academy.privacy import models as models
