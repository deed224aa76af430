"""What a frame costs in a store: bytes, requests and seconds, measured on some of its rows."""

from dkdata.costs.result import Amount, CostEstimate, Requests

__all__ = ["Amount", "CostEstimate", "Requests"]
