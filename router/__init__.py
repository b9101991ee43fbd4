"""The escalation router: sensitive community questions reach the people who may answer them."""

__version__ = "0.1.0"
