"""The options of a configured bucket."""

from __future__ import annotations

import os
import re
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator

from dkdata.options import PathOption, StoreOptions
from dkdata.stores.s3.access import Access
from dkdata.stores.s3.objects.tagging import Excess

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ARN = "arn:"


class S3Options(StoreOptions):
    """Where the tables are, and as whom to ask for them; what is left out, the AWS chain finds.

    That is: the variables ``AWS_ACCESS_KEY_ID``, ``AWS_PROFILE``, ``AWS_REGION`` and so on,
    ``~/.aws``, single sign-on, and the role of a container or a machine.

    Examples
    --------
    >>> from dkdata.options import checked
    >>> given = {"bucket": "my-bucket", "prefix": "records/", "endpoint_url": ""}
    >>> checked(S3Options, given, "stores.lake").prefix
    'records/'
    """

    bucket: str
    prefix: str = ""
    region: str | None = Field(None, validation_alias=AliasChoices("region", "region_name"))
    endpoint_url: str | None = None
    path_style: bool | None = None
    profile: str | None = None
    access_key_id: SecretStr | None = Field(
        None, validation_alias=AliasChoices("access_key_id", "aws_access_key_id")
    )
    secret_access_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("secret_access_key", "aws_secret_access_key")
    )
    session_token: SecretStr | None = Field(
        None, validation_alias=AliasChoices("session_token", "aws_session_token")
    )
    anonymous: bool = False
    sse: Literal["AES256", "aws:kms"] | None = None
    sse_kms_key_id: str | None = None
    checksums: Literal["when_required", "when_supported"] | None = None
    lock: PathOption | None = None
    cache_bytes: int = Field(0, ge=0)
    cache_seconds: float = Field(300.0, gt=0)
    excess_metadata: Excess = "refuse"

    @field_validator("bucket")
    @classmethod
    def _is_bucket(cls, bucket: str) -> str:
        if not (_BUCKET.fullmatch(bucket) or bucket.startswith(_ARN)):
            problem = (
                f"{bucket!r} is no name of a bucket: those have 3 to 63 small letters, digits,"
                " dots and hyphens."
            )
            raise ValueError(problem)
        return bucket

    @field_validator("prefix")
    @classmethod
    def _is_prefix(cls, prefix: str) -> str:
        return f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @model_validator(mode="after")
    def _has_both_keys(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            problem = "access_key_id and secret_access_key belong together. Give both, or neither."
            raise ValueError(problem)
        return self

    def access(self) -> Access:
        """Return how to reach the server."""
        return Access(
            endpoint_url=self.endpoint_url,
            region=self.region,
            is_path_style=self.path_style,
            profile=self.profile,
            key=_told(self.access_key_id),
            secret=_told(self.secret_access_key),
            token=_told(self.session_token),
            is_anonymous=self.anonymous,
            sse=self.sse,
            sse_kms_key_id=self.sse_kms_key_id,
            checksums=self.checksums,
            variables=tuple(sorted(told for told in os.environ.items() if told[0][:4] == "AWS_")),
        )


def _told(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
