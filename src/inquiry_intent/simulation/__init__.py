"""The parts of the demo corpus: an invented exporter, its buyers, and what they want, do and write."""
