"""The parts of the demo corpus: an invented exporter, its buyers, what they want, do and write. See docs/simulation.md."""
