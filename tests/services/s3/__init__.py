"""Servers that speak the protocol of S3: MinIO, versitygw and LocalStack."""
