"""A server of Elasticsearch, without containers."""
