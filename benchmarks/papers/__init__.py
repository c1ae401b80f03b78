"""Typesets the templates of the shipped documents: ``python -m benchmarks.papers`` writes them anew, byte for byte."""
