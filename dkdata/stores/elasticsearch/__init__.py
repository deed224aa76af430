"""Tables of an Elasticsearch server."""

from dkdata.stores.elasticsearch.store import ElasticsearchStore as ElasticsearchStore
