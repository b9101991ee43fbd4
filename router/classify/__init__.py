"""Recognise which sensitive topic a public signal is about; what follows from that is decided elsewhere."""

from router.classify.classifier import PhraseClassifier

__all__ = ["PhraseClassifier"]
